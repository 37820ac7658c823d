/** All that a page needs: start an article, follow it by the one rule, close at the end. */
const [form, status, shown] = ["form", "[role=status]", "article > p"].map((name) => document.querySelector(name));
let source;

form.addEventListener("submit", async (submission) => {
  submission.preventDefault();
  const response = await fetch("../start-job", { method: "POST", body: new FormData(form) });
  const told = await response.json();
  if (response.ok) follow(told.job_id);
  else status.textContent = told.detail;
});

function follow(id) {
  const texts = {};
  source?.close();
  source = new EventSource(`../progress/${id}`);
  source.addEventListener("stage", ({ data }) => (status.textContent = JSON.parse(data).message));
  source.addEventListener("token", ({ data }) => {
    const { stage, section, offset, text } = JSON.parse(data);
    const key = `${stage} ${section ?? ""}`;
    texts[key] = (texts[key] ?? "").slice(0, offset) + text; // the one rule
    shown.textContent = texts["style "] ?? Object.values(texts).join("\n\n");
  });
  source.addEventListener("done", ({ data }) => end(`Finished: ${JSON.parse(data).words} words`));
  source.addEventListener("error", ({ data }) => data && end(`Failed: ${JSON.parse(data).message}`)); // or it comes back
}

function end(message) {
  source.close();
  status.textContent = message;
}
