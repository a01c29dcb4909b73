package corolla.client.routing;

import corolla.base.ProtocolException;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.rpc.RemoteException;
import corolla.swarm.protocol.Refusals;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Whose fault it is that a request failed, and so what becomes of the server. The wire has no error codes (petals-protocol, "Errors"): what
 * a remote says is judged by the phrases of stock servers and of ours.
 *
 * @param reason for messages
 */
public record Failure(Kind kind, String reason) {

    /** Who must act. */
    public enum Kind {
        /** Ours: every server would refuse it. Nobody is banned, nothing is retried. */
        REQUEST,
        /** The server is up, and does not serve yet: it has just been started. It is asked again soon. */
        STARTING,
        /** The server works, and will not do this now: full, busy, leaving, other blocks. It is left alone for a moment. */
        REFUSED,
        /** The server failed, or answered what cannot be right. */
        BROKEN,
        /** The server or the way to it is gone, or silent. */
        UNREACHABLE
    }

    private static final List<String> REFUSED_PHRASES = List.of(
            "cannot allocate",
            "could not allocate",
            "allocation",
            "out of memory",
            "task size greater",
            "overloaded",
            "too many",
            "busy",
            "try later",
            "shutting down",
            "draining",
            "closing",
            "does not serve",
            "adapter",
            "already open");

    /** Judges an exception of a call. */
    public static Failure of(IOException cause) {
        String message = cause.getMessage();
        String reason = message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
        Kind kind = switch (cause) {
            case RemoteException remote -> judge(remote.text());
            case ProtocolNotSupportedException _ -> Kind.STARTING;
            case ProtocolException _ -> Kind.BROKEN;
            default -> Kind.UNREACHABLE;
        };
        return new Failure(kind, reason);
    }

    private static Kind judge(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        // Refusals first: "Cannot allocate KV cache for 9 tokens, max = 8" is this server's own limit.
        if (REFUSED_PHRASES.stream().anyMatch(lower::contains)) {
            return Kind.REFUSED;
        }
        return Refusals.blamesRequest(text) ? Kind.REQUEST : Kind.BROKEN;
    }
}
