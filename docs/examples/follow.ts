// Starts an article and follows it, with types made from the service's own OpenAPI document:
// npx openapi-typescript http://127.0.0.1:8000/openapi.json --default-non-nullable false -o pressroom.d.ts
import type { components, paths } from "./pressroom";

type Article = components["schemas"]["ArticleOut"];
type Brief = components["schemas"]["BriefRequest"];
type Problem = components["schemas"]["Problem"];
type Told = paths["/articles/{article_id}/events"]["get"]["responses"]["200"]["content"]["text/event-stream"];

export async function create(server: string, brief: Brief): Promise<Article> {
  const answer = await fetch(new URL("/articles/create", server), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(brief),
  });
  if (answer.ok) return answer.json();
  const problem: Problem = await answer.json();
  throw new Error(problem.detail);
}

/** The whole text in the end; until then `say` hears how far it is. */
export function follow(server: string, article: Article, say: (message: string) => void): Promise<string> {
  const texts: Record<string, string> = {};
  const source = new EventSource(new URL(article.events_url, server));
  return new Promise((resolve, reject) => {
    const heard = ({ data }: MessageEvent<string | undefined>) => {
      if (data === undefined) return; // the connection was lost: EventSource comes back by itself
      const event: Told = JSON.parse(data);
      switch (event.type) {
        case "stage":
          say(`${event.progress} % ${event.message}`);
          if (event.data?.kind === "outline") event.data.sections.forEach(({ title }) => say(`- ${title}`));
          break;
        case "token": {
          const key = `${event.stage} ${event.section ?? ""}`;
          texts[key] = (texts[key] ?? "").slice(0, event.offset) + event.text; // the one rule
          break;
        }
        case "done":
          source.close();
          say(`${event.words} words in ${event.elapsed_ms} ms`);
          resolve(texts["style "] ?? "");
          break;
        case "error":
          source.close();
          reject(new Error(`${event.code}: ${event.message}`));
          break;
        default:
          event satisfies never;
      }
    };
    const names: Told["type"][] = ["stage", "token", "done", "error"];
    for (const name of names) source.addEventListener(name, heard);
  });
}

export async function main(): Promise<void> {
  const server = "http://127.0.0.1:8000";
  const article = await create(server, { topic: "Why rivers meander", tone: "friendly", min_words: 300 });
  console.log(await follow(server, article, console.info));
}
