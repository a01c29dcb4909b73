package corolla.base.multiformat;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parts that an address is made of. Others exist; an address with one of them is of no use to us. */
public enum AddressProtocol {
    IP4(0x04, ValueForm.IP4),
    TCP(0x06, ValueForm.PORT),
    IP6(0x29, ValueForm.IP6),
    IP6ZONE(0x2a, ValueForm.TEXT),
    DNS(0x35, ValueForm.TEXT),
    DNS4(0x36, ValueForm.TEXT),
    DNS6(0x37, ValueForm.TEXT),
    DNSADDR(0x38, ValueForm.TEXT),
    UDP(0x0111, ValueForm.PORT),
    WEBRTC_DIRECT(0x0118, ValueForm.NONE),
    P2P_CIRCUIT(0x0122, ValueForm.NONE),
    P2P(0x01a5, ValueForm.MULTIHASH),
    TLS(0x01c0, ValueForm.NONE),
    SNI(0x01c1, ValueForm.TEXT),
    QUIC(0x01cc, ValueForm.NONE),
    QUIC_V1(0x01cd, ValueForm.NONE),
    WEBTRANSPORT(0x01d1, ValueForm.NONE),
    CERTHASH(0x01d2, ValueForm.MULTIBASE),
    WS(0x01dd, ValueForm.NONE),
    WSS(0x01de, ValueForm.NONE),
    HTTP(0x01e0, ValueForm.NONE);

    private static final Map<Long, Optional<AddressProtocol>> BY_CODE =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(protocol -> (long) protocol.code, Optional::of));

    private final int code;
    private final ValueForm form;

    AddressProtocol(int code, ValueForm form) {
        this.code = code;
        this.form = form;
    }

    /** As in text: {@code p2p-circuit}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    ValueForm form() {
        return form;
    }

    static Optional<AddressProtocol> ofCode(long code) {
        return BY_CODE.getOrDefault(code, Optional.empty());
    }

    static Optional<AddressProtocol> ofText(String text) {
        String name = text.equals("ipfs") ? "p2p" : text; // the old name of the same part
        for (AddressProtocol protocol : values()) {
            if (protocol.text().equals(name)) {
                return Optional.of(protocol);
            }
        }
        return Optional.empty();
    }
}
