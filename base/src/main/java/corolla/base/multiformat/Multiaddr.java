package corolla.base.multiformat;

import static corolla.base.multiformat.AddressProtocol.P2P;
import static corolla.base.multiformat.AddressProtocol.P2P_CIRCUIT;
import static corolla.base.multiformat.AddressProtocol.TCP;

import corolla.base.ProtocolException;
import corolla.base.transport.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An address that says of itself how it is to be used: {@code /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…}. Immutable, equal to
 * another of the same parts.
 *
 * @param components at least one; a list of its own
 */
public record Multiaddr(List<Component> components) {
    /** An address that a peer sent may be this long. */
    private static final int BYTES_MAX = 1024;

    public Multiaddr {
        components = List.copyOf(components);
        if (components.isEmpty()) {
            throw new IllegalArgumentException("an address has at least one part");
        }
    }

    /**
     * One part of an address.
     *
     * @param value in binary form, without its length; borrowed, never written to
     */
    public record Component(AddressProtocol protocol, byte[] value) {
        public Component {
            protocol.form().check(value);
        }

        private int encodedSize() {
            int length = protocol.form().hasLength() ? Varint.size(value.length) : 0;
            return Varint.size(protocol.code()) + length + value.length;
        }

        private void encode(ByteBuffer out) {
            Varint.write(protocol.code(), out);
            if (protocol.form().hasLength()) {
                Varint.write(value.length, out);
            }
            out.put(value);
        }

        /** The value as in the text form. */
        public String text() {
            return protocol.form().toText(value);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Component that && protocol == that.protocol && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * protocol.code() + Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return "/" + protocol.text() + (protocol.form() == ValueForm.NONE ? "" : "/" + text());
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException with a message for whoever wrote the text
     */
    public static Multiaddr parse(String text) {
        try {
            return new Multiaddr(parseComponents(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' is no multiaddr: " + e.getMessage(), e);
        }
    }

    private static List<Component> parseComponents(String text) {
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("it does not begin with a slash");
        }
        String[] parts = (text.endsWith("/") ? text.substring(0, text.length() - 1) : text).split("/", -1);
        List<Component> components = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            String name = parts[i];
            AddressProtocol protocol = AddressProtocol.ofText(name)
                    .orElseThrow(() -> new IllegalArgumentException("'" + name + "' is no known part"));
            boolean hasValue = protocol.form() != ValueForm.NONE;
            if (hasValue && ++i == parts.length) {
                throw new IllegalArgumentException("'" + name + "' needs a value");
            }
            components.add(new Component(protocol, protocol.form().fromText(parts[i])));
        }
        return components;
    }

    /** Reads the binary form, all of {@code bytes}; an unknown part is an error too, since its length is not known. */
    public static Multiaddr decode(byte[] bytes) throws ProtocolException {
        if (bytes.length == 0 || bytes.length > BYTES_MAX) {
            throw new ProtocolException("multiaddr of " + bytes.length + " bytes, expected 1 to " + BYTES_MAX);
        }
        List<Component> components = new ArrayList<>();
        for (ByteBuffer in = ByteBuffer.wrap(bytes); in.hasRemaining(); ) {
            components.add(readComponent(in));
        }
        return new Multiaddr(components);
    }

    private static Component readComponent(ByteBuffer in) throws ProtocolException {
        long code = Varint.read(in);
        AddressProtocol protocol = AddressProtocol.ofCode(code)
                .orElseThrow(() -> new ProtocolException("multiaddr has an unknown part of code " + code));
        long count =
                protocol.form().hasLength() ? Varint.read(in) : protocol.form().size();
        if (count > in.remaining()) {
            throw new ProtocolException("multiaddr ends within its part " + protocol.text());
        }
        byte[] value = new byte[(int) count];
        in.get(value);
        try {
            return new Component(protocol, value);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("multiaddr part " + protocol.text() + " is wrong: " + e.getMessage(), e);
        }
    }

    /** The binary form. */
    public byte[] encode() {
        int size = 0;
        for (Component component : components) {
            size += component.encodedSize();
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (Component component : components) {
            component.encode(out);
        }
        return out.array();
    }

    /** The address of a TCP endpoint; a host that is not numeric becomes a {@code dns} part. */
    public static Multiaddr of(Endpoint endpoint) {
        return new Multiaddr(List.of(host(endpoint.host()), part(TCP, Integer.toString(endpoint.port()))));
    }

    private static Component host(String host) {
        if (host.indexOf(':') >= 0) {
            return part(AddressProtocol.IP6, host);
        }
        boolean isNumeric = !host.isEmpty() && host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        return part(isNumeric ? AddressProtocol.IP4 : AddressProtocol.DNS, host);
    }

    private static Component part(AddressProtocol protocol, String text) {
        return new Component(protocol, protocol.form().fromText(text));
    }

    /**
     * Where to dial, when this address is plain TCP: a host, a port, and at most the peer id behind it. Empty for WebSocket, QUIC,
     * relayed and {@code dnsaddr} addresses.
     */
    public Optional<Endpoint> tcpEndpoint() {
        List<Component> plain = withoutPeer().map(Multiaddr::components).orElse(List.of());
        boolean zoned = !plain.isEmpty() && plain.getFirst().protocol == AddressProtocol.IP6ZONE;
        List<Component> rest = zoned ? plain.subList(1, plain.size()) : plain;
        if (rest.size() != 2 || rest.get(1).protocol != TCP) {
            return Optional.empty();
        }
        Component host = rest.get(0);
        boolean dialable = switch (host.protocol) {
            case IP6 -> true;
            case IP4, DNS, DNS4, DNS6 -> !zoned;
            default -> false;
        };
        String name = zoned ? host.text() + "%" + plain.getFirst().text() : host.text();
        return dialable
                ? Optional.of(new Endpoint(name, Integer.parseInt(rest.get(1).text())))
                : Optional.empty();
    }

    /** The bytes of the peer id at the end, where there is one. */
    public Optional<byte[]> peer() {
        Component last = components.getLast();
        return last.protocol == P2P ? Optional.of(last.value) : Optional.empty();
    }

    /** This address for that peer: with its id at the end, in place of another one. */
    public Multiaddr withPeer(byte[] peer) {
        List<Component> parts = new ArrayList<>(peer().isPresent() ? withoutLast() : components);
        parts.add(new Component(P2P, peer));
        return new Multiaddr(parts);
    }

    /** This address without the peer id at its end; empty when it has no other part. */
    public Optional<Multiaddr> withoutPeer() {
        if (peer().isEmpty()) {
            return Optional.of(this);
        }
        return components.size() == 1 ? Optional.empty() : Optional.of(new Multiaddr(withoutLast()));
    }

    private List<Component> withoutLast() {
        return components.subList(0, components.size() - 1);
    }

    /** For an address through a relay: the relay's own address, with its peer id where it has one. */
    public Optional<Multiaddr> relay() {
        for (int i = 1; i < components.size(); i++) {
            if (components.get(i).protocol == P2P_CIRCUIT) {
                return Optional.of(new Multiaddr(components.subList(0, i)));
            }
        }
        return Optional.empty();
    }

    /** Whether the way leads through a relay. */
    public boolean isRelayed() {
        return contains(P2P_CIRCUIT);
    }

    public boolean contains(AddressProtocol protocol) {
        return components.stream().anyMatch(component -> component.protocol == protocol);
    }

    /** The value of the first such part as text: {@code valueOf(IP4)}. */
    public Optional<String> valueOf(AddressProtocol protocol) {
        return components.stream()
                .filter(component -> component.protocol == protocol)
                .map(Component::text)
                .findFirst();
    }

    /** This address followed by the parts of another: a relay's address and {@code /p2p-circuit}. */
    public Multiaddr then(Multiaddr more) {
        List<Component> parts = new ArrayList<>(components);
        parts.addAll(more.components);
        return new Multiaddr(parts);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        components.forEach(text::append);
        return text.toString();
    }
}
