package corolla.p2p.relay;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.internal.Delimited;
import corolla.p2p.relay.RelayMessages.Hop;
import java.io.IOException;
import java.util.Optional;

/** What a peer asks of relays. Thread-safe. */
final class RelayCalls {
    private final Libp2pHost host;
    private final RelayLimits limits;

    RelayCalls(Libp2pHost host, RelayLimits limits) {
        this.host = host;
        this.limits = limits;
    }

    /** A circuit: what is written to the stream from now on goes to the target, and the other way round. */
    record Circuit(Stream stream, Optional<RelayMessages.Limit> limit) {}

    /** Asks for a slot, or renews it. */
    RelayMessages.Reservation reserve(PeerId relay, Deadline deadline) throws IOException, InterruptedException {
        try (Stream stream = host.open(relay, RelayProtocol.HOP, deadline)) {
            Hop.Answer answer = ask(stream, new Hop.Reserve(), deadline);
            checkGranted(answer, "relay " + relay.shortForm() + " gives no slot");
            return answer.reservation()
                    .orElseThrow(() -> new ProtocolException(
                            "relay " + relay.shortForm() + " grants a slot and does not say until when"));
        }
    }

    /** Asks for a circuit to a peer. The caller owns its stream. */
    Circuit connect(PeerId relay, PeerId target, Deadline deadline) throws IOException, InterruptedException {
        Stream stream = host.open(relay, RelayProtocol.HOP, deadline);
        boolean isGranted = false;
        try {
            Hop.Answer answer = ask(stream, new Hop.Connect(target), deadline);
            checkGranted(answer, "relay " + relay.shortForm() + " does not connect us with " + target.shortForm());
            isGranted = true;
            return new Circuit(stream, answer.limit());
        } finally {
            if (!isGranted) {
                stream.reset();
            }
        }
    }

    private Hop.Answer ask(Stream stream, Hop request, Deadline deadline) throws IOException, InterruptedException {
        RelayProtocol.write(stream, RelayMessages.encode(request), deadline);
        String whom = "answer of relay " + stream.remotePeer().shortForm();
        byte[] bytes = Delimited.read(stream, limits.messageBytesMax(), whom, deadline);
        if (RelayMessages.decodeHop(bytes, limits.addressesMax()) instanceof Hop.Answer answer) {
            return answer;
        }
        throw new ProtocolException(whom + " is a request");
    }

    private static void checkGranted(Hop.Answer answer, String what) throws IOException {
        if (answer.status() != RelayStatus.OK.code()) {
            throw new IOException(what + ": status " + RelayStatus.describe(answer.status()));
        }
    }
}
