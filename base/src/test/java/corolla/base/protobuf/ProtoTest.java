package corolla.base.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtoTest {

    @Test
    void writesTheBytesOfTheSpecification() {
        ProtoWriter writer = new ProtoWriter()
                .varint(1, 150)
                .string(2, "testing")
                .bytes(3, new byte[] {1, 2, 3, 4}, 1, 2)
                .bool(4, true)
                .float64(5, 1.0)
                .message(6, new ProtoWriter().varint(1, 150))
                .packedVarints(7, 3, 270, 86_942)
                .packedDoubles(8, 1.0)
                .varint(9, -1);

        assertThat(HexFormat.of().formatHex(writer.toByteArray()))
                .isEqualTo("089601" + "120774657374696e67" + "1a020203" + "2001" + "29000000000000f03f" + "3203089601"
                        + "3a06038e029ea705" + "4208000000000000f03f" + "48ffffffffffffffffff01");
    }

    @Test
    void zerosAreWrittenUnlessAskedNotTo() {
        assertThat(new ProtoWriter().varint(1, 0).bytes(2, new byte[0]).toByteArray())
                .containsExactly(8, 0, 18, 0);
        assertThat(new ProtoWriter()
                        .varintIfSet(1, 0)
                        .bytesIfSet(2, new byte[0])
                        .stringIfSet(3, "")
                        .boolIfSet(4, false)
                        .float64IfSet(5, 0.0)
                        .packedVarints(6)
                        .packedDoubles(7)
                        .toByteArray())
                .isEmpty();
        assertThat(new ProtoWriter().float64IfSet(5, -0.0).size()).isEqualTo(9);
    }

    @Property
    void fieldsComeBack(
            @ForAll long number,
            @ForAll byte[] bytes,
            @ForAll double real,
            @ForAll boolean bool,
            @ForAll long[] numbers)
            throws ProtocolException {
        byte[] message = new ProtoWriter()
                .varint(1, number)
                .message(2, new ProtoWriter().bytes(1, bytes).message(2, new ProtoWriter().bool(1, bool)))
                .float64(3, real)
                .packedVarints(4, numbers)
                .string(1000, "end")
                .toByteArray();
        List<Object> found = new ArrayList<>();
        List<Long> foundNumbers = new ArrayList<>();

        ProtoReader reader = ProtoReader.of(message);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> found.add(reader.varint());
                case 2 -> {
                    ProtoReader inner = reader.message();
                    assertThat(inner.next()).isNotZero();
                    found.add(HexFormat.of().formatHex(inner.bytes()));
                    assertThat(inner.next()).isNotZero();
                    ProtoReader innermost = inner.message();
                    assertThat(innermost.next()).isNotZero();
                    found.add(innermost.bool());
                    assertThat(inner.next()).isZero();
                }
                case 3 -> found.add(reader.float64());
                case 4 -> reader.varints(foundNumbers::add);
                default -> found.add(reader.string());
            }
        }

        assertThat(found).containsExactly(number, HexFormat.of().formatHex(bytes), bool, real, "end");
        assertThat(foundNumbers)
                .containsExactly(java.util.Arrays.stream(numbers).boxed().toArray(Long[]::new));
    }

    @Test
    void repeatedNumbersAreReadPackedAndOneByOne() throws ProtocolException {
        byte[] bytes = HexFormat.of().parseHex("0803" + "0a020405" + "11000000000000f03f" + "1208000000000000f03f");
        List<Number> found = new ArrayList<>();
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            if (reader.field() == 1) {
                reader.varints(found::add);
            } else {
                reader.float64s(found::add);
            }
        }
        assertThat(found).containsExactly(3L, 4L, 5L, 1.0, 1.0);
    }

    @Test
    void aPartOfAnArrayIsAMessageOfItsOwn() throws ProtocolException {
        byte[] bytes = HexFormat.of().parseHex("ffff" + "0a02" + "0805" + "0807" + "ffff");
        ProtoReader reader = ProtoReader.of(bytes, 2, 8);

        assertThat(reader.next()).isEqualTo(10);
        ProtoReader inner = reader.message();
        assertThat(inner.next()).isEqualTo(8);
        assertThat(inner.varint()).isEqualTo(5);
        assertThat(inner.next()).isZero();
        assertThat(reader.next()).isEqualTo(8);
        assertThat(reader.varint()).isEqualTo(7);
        assertThat(reader.next()).isZero();
    }

    @Test
    void theWrongWireTypeIsAProtocolError() throws ProtocolException {
        ProtoReader reader = ProtoReader.of(new ProtoWriter().varint(1, 5).toByteArray());
        reader.next();

        assertThatThrownBy(reader::bytes)
                .isInstanceOf(ProtocolException.class)
                .hasMessage("protobuf field 1 has wire type 0 instead of 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0a", // no length
                "0a05616263", // cut short
                "0affffffff07", // two thousand million bytes
                "0affffffffffffffffff01", // a negative length
                "08ffffffffffffffffffff01", // a varint of eleven bytes
                "00", // no field
                "0c", // the end of a group that never began
                "0b", // a group that never ends
                "0f", // no wire type
                "0900",
            })
    void malformedBytesAreAProtocolError(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThatThrownBy(() -> readAll(ProtoReader.of(bytes))).isInstanceOf(ProtocolException.class);
    }

    @Property(tries = 5000)
    void anyBytesAreReadOrAnError(@ForAll @Size(max = 40) byte[] bytes) {
        try {
            readAll(ProtoReader.of(bytes));
        } catch (ProtocolException e) {
            assertThat(e).hasMessageContaining("protobuf");
        }
    }

    @Property
    void textThatIsNotUtf8IsAnError(@ForAll @Size(min = 1, max = 10) byte[] bytes) throws ProtocolException {
        byte[] message = new ProtoWriter().bytes(1, bytes).toByteArray();
        ProtoReader reader = ProtoReader.of(message);
        reader.next();
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') < 0) {
            assertThat(reader.string()).isEqualTo(text);
        } else if (!java.util.Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            assertThatThrownBy(reader::string).isInstanceOf(ProtocolException.class);
        }
    }

    private static void readAll(ProtoReader reader) throws ProtocolException {
        while (reader.next() != 0) {
            switch (reader.field() % 4) {
                case 0 -> reader.varints(_ -> {});
                case 1 -> reader.bytes();
                case 2 -> readAll(reader.message());
                default -> reader.skip();
            }
        }
    }
}
