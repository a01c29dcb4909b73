package corolla.model.source;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The hub answered, but not with what was asked for. */
final class HubException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean worthRetrying;
    private final transient Optional<Duration> retryAfter;

    private HubException(String message, boolean worthRetrying, Optional<Duration> retryAfter) {
        super(message);
        this.worthRetrying = worthRetrying;
        this.retryAfter = retryAfter;
    }

    /**
     * What a status means and what to do about it.
     *
     * @param retryAfter the header, when the answer has it
     */
    static HubException of(int status, String address, boolean tokenGiven, Optional<String> retryAfter) {
        boolean worthRetrying = status == 429 || status == 408 || status >= 500;
        String meaning = switch (status) {
            case 401, 403 ->
                tokenGiven
                        ? "the token does not open it; accept the model's terms on its page, or use another token"
                        : "it needs a token: accept the model's terms on its page and set HF_TOKEN";
            case 404 -> "there is no such model, revision or file, or it is private and needs HF_TOKEN";
            case 429 -> "too many requests; try again later, or set HF_TOKEN";
            default -> "unexpected answer";
        };
        return new HubException(
                address + " answered " + status + ": " + meaning,
                worthRetrying,
                retryAfter.flatMap(HubException::seconds));
    }

    boolean isWorthRetrying() {
        return worthRetrying;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }

    private static Optional<Duration> seconds(String header) {
        return header.matches("\\d{1,6}") ? Optional.of(Duration.ofSeconds(Long.parseLong(header))) : Optional.empty();
    }
}
