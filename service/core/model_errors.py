"""Why a model gave no usable answer.

ModelError
├── ModelUnreachable     no connection, or it was lost before the answer began
├── ModelNotStarted      the model inside Pressroom does not start
├── ModelRateLimited     429; may say when to retry
├── ModelUnavailable     5xx
├── ModelRejected        another 4xx: wrong key, model name or request
├── ModelTimeout         no first token, no further text, or too long in total
├── ModelStreamBroken    cut off, malformed, or ended without a finish reason
├── ModelEmpty           finished without any text
├── ModelRefused         declined to answer
├── ModelFiltered        stopped by the provider's content filter
├── ModelTruncated       stopped by a length limit in mid-text
├── ModelLooped          repeated itself from the start
├── ModelContextExceeded the prompt does not fit into its context window
└── ModelNonsense        the answer is not in the required form
    └── ModelToolCall    a tool call instead of an answer
"""

from service.core.errors import PressroomError


class ModelError(PressroomError):
    """The model did not give a usable answer."""

    code = "model_error"
    retryable = True


class ModelUnreachable(ModelError):
    """No connection, or it was lost before the answer began."""

    code = "model_unreachable"


class ModelNotStarted(ModelError):
    """The model inside Pressroom does not start. Another attempt at once would not help."""

    code = "model_not_started"
    retryable = False


class ModelRateLimited(ModelError):
    """The provider answered 429."""

    code = "model_rate_limited"


class ModelUnavailable(ModelError):
    """The provider answered with a 5xx."""

    code = "model_unavailable"


class ModelRejected(ModelError):
    """The provider does not accept the key, the model's name or the request."""

    code = "model_rejected"
    retryable = False


class ModelTimeout(ModelError):
    """No first token, no further text, or too long in total."""

    code = "model_timeout"


class ModelStreamBroken(ModelError):
    """The answer was cut off, malformed, or ended without a finish reason."""

    code = "model_stream_broken"


class ModelEmpty(ModelError):
    """The answer finished without any text."""

    code = "model_empty"


class ModelRefused(ModelError):
    """The model declined to answer."""

    code = "model_refused"
    retryable = False


class ModelFiltered(ModelError):
    """The provider's content filter stopped the answer."""

    code = "model_filtered"
    retryable = False


class ModelTruncated(ModelError):
    """A length limit stopped the answer before it had any text."""

    code = "model_truncated"


class ModelLooped(ModelError):
    """The model repeated itself from the start, so that nothing of its answer can be kept."""

    code = "model_looped"


class ModelContextExceeded(ModelError):
    """The prompt does not fit into the model's context window."""

    code = "model_context_exceeded"
    retryable = False


class ModelNonsense(ModelError):
    """The answer is not in the required form."""

    code = "model_nonsense"


class ModelToolCall(ModelNonsense):
    """The model tried to call a tool, although it was given none. Retrying would not help."""

    retryable = False


# Another question may do better, or none is needed.
UNUSABLE = (ModelNonsense, ModelTruncated, ModelLooped, ModelEmpty)
