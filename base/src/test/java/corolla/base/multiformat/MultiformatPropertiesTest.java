package corolla.base.multiformat;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.ProtocolException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class MultiformatPropertiesTest {

    @Property
    void varintsComeBack(@ForAll @LongRange(min = 0) long value) throws ProtocolException {
        byte[] bytes = Varint.encode(value);

        assertThat(bytes).hasSize(Varint.size(value)).hasSizeLessThanOrEqualTo(Varint.BYTES_MAX);
        assertThat(Varint.read(ByteBuffer.wrap(bytes))).isEqualTo(value);
    }

    /** What is accepted is the one form of its number; all else is a protocol error, never another exception. */
    @Property
    void anyBytesAreOneVarintOrAnError(@ForAll @Size(max = 12) byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            long value = Varint.read(in);
            assertThat(bytes).startsWith(Varint.encode(value));
            assertThat(in.position()).isEqualTo(Varint.size(value));
        } catch (ProtocolException e) {
            assertThat(e).hasMessageContaining("varint");
        }
    }

    @Property
    void base58IsTheNumberAndItsLeadingZeros(@ForAll @Size(max = 60) byte[] bytes) {
        String text = Base58.encode(bytes);

        assertThat(Base58.decode(text)).isEqualTo(bytes);
        BigInteger number = BigInteger.ZERO;
        for (int i = 0; i < text.length(); i++) {
            int digit = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".indexOf(text.charAt(i));
            number = number.multiply(BigInteger.valueOf(58)).add(BigInteger.valueOf(digit));
        }
        assertThat(number).isEqualTo(new BigInteger(1, bytes));
    }

    @Property
    void anyBytesAreAnAddressOrAnError(@ForAll @Size(max = 40) byte[] bytes) {
        try {
            Multiaddr address = Multiaddr.decode(bytes);
            assertThat(address.encode()).isEqualTo(bytes);
            assertThat(Multiaddr.parse(address.toString())).isEqualTo(address);
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Property
    void anyTextIsAnAddressOrAnError(@ForAll String text) {
        try {
            assertThat(Multiaddr.parse("/" + text).encode()).isNotEmpty();
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("multiaddr");
        }
    }
}
