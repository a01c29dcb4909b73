package corolla.base.msgpack;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.ProtocolException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

class PackPropertiesTest {

    @Property
    void whatIsEncodedComesBack(@ForAll("packs") Pack pack) throws ProtocolException {
        byte[] bytes = pack.encode();

        assertThat(Pack.decode(bytes)).isEqualTo(pack);
        assertThat(Pack.decode(bytes).encode()).isEqualTo(bytes);
    }

    @Property(tries = 5000)
    void anyBytesAreAValueOrAnError(@ForAll @Size(max = 30) byte[] bytes) {
        try {
            Pack pack = Pack.decode(bytes);
            assertThat(Pack.decode(pack.encode())).isEqualTo(pack);
        } catch (ProtocolException e) {
            assertThat(e).hasMessageContaining("MessagePack");
        }
    }

    @Property
    void everyCutIsAnError(@ForAll("packs") Pack pack, @ForAll int where) {
        byte[] bytes = pack.encode();
        byte[] cut = java.util.Arrays.copyOf(bytes, Math.floorMod(where, bytes.length));

        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> Pack.decode(cut)))
                .isInstanceOf(ProtocolException.class);
    }

    @Provide
    Arbitrary<Pack> packs() {
        return packs(3);
    }

    private static Arbitrary<Pack> packs(int depth) {
        Arbitrary<Pack> scalars = Arbitraries.oneOf(
                Arbitraries.just(new Pack.Nil()),
                Arbitraries.of(true, false).map(Pack.Bool::new),
                Arbitraries.longs().map(Pack.Int::new),
                Arbitraries.longs().lessOrEqual(-1).map(Pack.Unsigned::new),
                Arbitraries.doubles().map(Pack.Float::new),
                Arbitraries.strings().ascii().ofMaxLength(300).map(Pack.Text::new),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(300).map(Pack.Bytes::new),
                Arbitraries.bytes()
                        .array(byte[].class)
                        .ofMaxSize(20)
                        .map(payload -> new Pack.Extension((byte) 0x50, payload)));
        if (depth == 0) {
            return scalars;
        }
        Arbitrary<Pack> inner = packs(depth - 1);
        return Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(5, scalars),
                net.jqwik.api.Tuple.of(1, inner.list().ofMaxSize(20).map(Pack.Sequence::new)),
                net.jqwik.api.Tuple.of(1, inner.list().ofMaxSize(5).map(Pack.Tuple::new)),
                net.jqwik.api.Tuple.of(
                        1, Arbitraries.maps(scalars, inner).ofMaxSize(20).map(Pack.Dictionary::new)));
    }
}
