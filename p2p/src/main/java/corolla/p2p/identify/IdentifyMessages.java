package corolla.p2p.identify;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The identify message. One exchange may split it over several messages: repeated fields add up, others overwrite. */
final class IdentifyMessages {
    private static final String PROTOCOL_VERSION = "ipfs/0.1.0";

    /** An agent version longer than this says nothing to anybody. */
    private static final int AGENT_CHARS_MAX = 128;

    private IdentifyMessages() {}

    static byte[] encode(IdentifyInfo info) {
        ProtoWriter writer = new ProtoWriter().bytes(1, info.publicKey());
        for (Multiaddr address : info.listenAddresses()) {
            writer.bytes(2, address.encode());
        }
        writer.repeatedStrings(3, info.protocols());
        info.observedAddress().ifPresent(address -> writer.bytes(4, address.encode()));
        return writer.string(5, PROTOCOL_VERSION).string(6, info.agentVersion()).toByteArray();
    }

    /** Collects the messages of one exchange. Confined to one thread. */
    static final class Collector {
        private final int protocolsMax;
        private final int addressesMax;
        private final List<Multiaddr> addresses = new ArrayList<>();
        private final List<String> protocols = new ArrayList<>();
        private byte[] publicKey = {};
        private Optional<Multiaddr> observed = Optional.empty();
        private String agent = "";

        Collector(int protocolsMax, int addressesMax) {
            this.protocolsMax = protocolsMax;
            this.addressesMax = addressesMax;
        }

        void add(byte[] message) throws ProtocolException {
            ProtoReader reader = ProtoReader.of(message);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 1 -> publicKey = reader.bytes();
                    case 2 -> addAddress(reader.bytes());
                    case 3 -> addProtocol(reader.string());
                    case 4 -> observed = parse(reader.bytes());
                    case 6 -> agent = cut(reader.string());
                    default -> reader.skip();
                }
            }
        }

        private void addAddress(byte[] bytes) {
            if (addresses.size() < addressesMax) {
                parse(bytes).ifPresent(addresses::add);
            }
        }

        private void addProtocol(String protocol) {
            if (protocols.size() < protocolsMax) {
                protocols.add(protocol);
            }
        }

        /** An address with parts that we do not know is of no use to us, and no fault of the sender. */
        private static Optional<Multiaddr> parse(byte[] bytes) {
            try {
                return Optional.of(Multiaddr.decode(bytes));
            } catch (ProtocolException e) {
                return Optional.empty();
            }
        }

        private static String cut(String text) {
            return text.length() <= AGENT_CHARS_MAX ? text : text.substring(0, AGENT_CHARS_MAX);
        }

        IdentifyInfo info() {
            return new IdentifyInfo(publicKey, addresses, protocols, observed, agent);
        }
    }
}
