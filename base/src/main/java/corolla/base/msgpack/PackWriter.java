package corolla.base.msgpack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/** Writes values in their shortest form. Confined to one thread. */
final class PackWriter {
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(Long.SIZE);

    /** Most of what is written is short: the library's 8 KiB a piece would be most of what a node allocates. */
    private static final MessagePack.PackerConfig CONFIG = new MessagePack.PackerConfig().withBufferSize(256);

    private final MessageBufferPacker out = CONFIG.newBufferPacker();

    private PackWriter() {}

    static byte[] encode(Pack pack) {
        return encode(writer -> writer.write(pack));
    }

    private interface Writing {
        void to(PackWriter writer) throws IOException;
    }

    private static byte[] encode(Writing what) {
        PackWriter writer = new PackWriter();
        try (MessageBufferPacker packer = writer.out) {
            what.to(writer);
            return packer.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("writing MessagePack into memory failed", e);
        }
    }

    private void write(Pack pack) throws IOException {
        switch (pack) {
            case Pack.Nil _ -> out.packNil();
            case Pack.Bool bool -> out.packBoolean(bool.value());
            case Pack.Int number -> out.packLong(number.value());
            case Pack.Unsigned number ->
                out.packBigInteger(BigInteger.valueOf(number.bits()).add(TWO_TO_64));
            case Pack.Float number -> out.packDouble(number.value());
            case Pack.Text text -> writeText(text.value().getBytes(StandardCharsets.UTF_8));
            case Pack.Bytes bytes -> {
                out.packBinaryHeader(bytes.value().length);
                out.addPayload(bytes.value());
            }
            case Pack.Sequence list -> writeArray(list.elements());
            case Pack.Tuple tuple ->
                writeExtension(Pack.Tuple.CODE, encode(writer -> writer.writeArray(tuple.elements())));
            case Pack.Dictionary map -> writeMap(map.entries());
            case Pack.Extension extension -> writeExtension(extension.code(), extension.payload());
        }
    }

    // Not packString: for long text it guesses the header before it knows the length in bytes.
    private void writeText(byte[] utf8) throws IOException {
        out.packRawStringHeader(utf8.length);
        out.addPayload(utf8);
    }

    private void writeArray(List<Pack> elements) throws IOException {
        out.packArrayHeader(elements.size());
        for (Pack element : elements) {
            write(element);
        }
    }

    private void writeMap(Map<Pack, Pack> entries) throws IOException {
        out.packMapHeader(entries.size());
        for (Map.Entry<Pack, Pack> entry : entries.entrySet()) {
            write(entry.getKey());
            write(entry.getValue());
        }
    }

    private void writeExtension(byte code, byte[] payload) throws IOException {
        out.packExtensionTypeHeader(code, payload.length);
        out.addPayload(payload);
    }
}
