package corolla.model.source;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
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

    /** A failure that another attempt does not mend. */
    static HubException permanent(String message) {
        return new HubException(message, false, Optional.empty());
    }

    /**
     * What a status means and what to do about it.
     *
     * @param address that was asked, without its query, which may hold a signature
     * @param tokenGiven whether a token was sent there
     */
    static HubException of(HttpResponse<?> response, String address, boolean tokenGiven, Instant now) {
        int status = response.statusCode();
        boolean worthRetrying = status == 429 || status == 408 || status >= 500;
        String code = response.headers().firstValue("x-error-code").orElse("");
        return new HubException(
                address + " answered " + status + ": " + meaning(status, code, tokenGiven),
                worthRetrying,
                response.headers().firstValue("retry-after").flatMap(text -> duration(text, now)));
    }

    /** @param code what the hub adds: its client library documents these names */
    private static String meaning(int status, String code, boolean tokenGiven) {
        return switch (code) {
            case "GatedRepo" ->
                tokenGiven
                        ? "the model is gated and the token's owner has no access: accept its terms on its page"
                        : "the model is gated: accept its terms on its page, make a token and set HF_TOKEN";
            case "RepoNotFound" -> "there is no such model, or it is private and needs a token with access (HF_TOKEN)";
            case "RevisionNotFound" -> "the model has no such branch, tag or commit";
            case "EntryNotFound" -> "the model has no such file at this revision";
            default -> meaning(status, tokenGiven);
        };
    }

    private static String meaning(int status, boolean tokenGiven) {
        return switch (status) {
            case 401, 403 ->
                tokenGiven
                        ? "the token does not open it; accept the model's terms on its page, or use another token"
                        : "it needs a token: accept the model's terms on its page and set HF_TOKEN";
            case 404 -> "there is no such model, revision or file, or it is private and needs HF_TOKEN";
            case 429 -> "too many requests; try again later, or set HF_TOKEN";
            default -> status >= 500 ? "the server has troubles; try again later" : "unexpected answer";
        };
    }

    boolean isWorthRetrying() {
        return worthRetrying;
    }

    Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /** Seconds, or a date (RFC 9110, "Retry-After"). */
    private static Optional<Duration> duration(String header, Instant now) {
        if (header.matches("\\d{1,6}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(header)));
        }
        try {
            Instant then = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(Duration.between(now, then)).filter(time -> !time.isNegative());
        } catch (DateTimeException neither) {
            return Optional.empty();
        }
    }
}
