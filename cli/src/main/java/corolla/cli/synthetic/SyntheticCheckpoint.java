package corolla.cli.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.cli.synthetic.ModelShape.BlockTensor;
import corolla.cli.synthetic.ModelShape.Content;
import corolla.tensor.BFloat16;
import corolla.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;

/**
 * A checkpoint folder of a shape with its first block only, in bf16: servers load that one for all
 * ({@link corolla.model.block.BlockStack#alike}), so that the disk need not hold the model.
 */
public final class SyntheticCheckpoint {
    /** The weights' file in the folder. */
    public static final String WEIGHTS_FILE = "model.safetensors";

    /** A prime, so that rows of no matrix are the same. */
    private static final int TILE_VALUES = 1_048_573;

    /** As models are initialised. */
    private static final double DEVIATION = 0.02;

    private static final short ONE = (short) 0x3f80;
    private static final short ZERO = 0;
    private static final int HEADER_ALIGNMENT = 64;

    private SyntheticCheckpoint() {}

    /** Writes {@code config.json} and the weights into a folder that exists. */
    public static void write(ModelShape shape, Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), shape.configJson());
        List<BlockTensor> tensors = shape.firstBlock();
        try (FileChannel file = FileChannel.open(
                folder.resolve(WEIGHTS_FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeAll(file, header(tensors));
            ByteBuffer random = tile(new Random(1), Content.RANDOM);
            ByteBuffer ones = tile(new Random(1), Content.ONES);
            ByteBuffer zeros = tile(new Random(1), Content.ZEROS);
            for (BlockTensor tensor : tensors) {
                ByteBuffer content = switch (tensor.content()) {
                    case RANDOM -> random;
                    case ONES -> ones;
                    case ZEROS -> zeros;
                };
                repeat(file, content, DType.BF16.bytes(tensor.elements()));
            }
        }
    }

    /** Format of safetensors: the length of the JSON in eight bytes, the JSON, then data. */
    private static ByteBuffer header(List<BlockTensor> tensors) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        long at = 0;
        for (BlockTensor tensor : tensors) {
            long end = at + DType.BF16.bytes(tensor.elements());
            ObjectNode entry = json.putObject(tensor.name()).put("dtype", "BF16");
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(text.length + Long.BYTES, HEADER_ALIGNMENT) * HEADER_ALIGNMENT - Long.BYTES;
        ByteBuffer header = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(text);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private static ByteBuffer tile(Random random, Content content) {
        ByteBuffer tile = ByteBuffer.allocateDirect(TILE_VALUES * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (tile.hasRemaining()) {
            tile.putShort(
                    switch (content) {
                        case RANDOM -> BFloat16.fromFloat((float) (random.nextGaussian() * DEVIATION));
                        case ONES -> ONE;
                        case ZEROS -> ZERO;
                    });
        }
        return tile.flip();
    }

    /** Goes on in the tile where the last tensor ended. */
    private static void repeat(FileChannel file, ByteBuffer tile, long bytes) throws IOException {
        long left = bytes;
        while (left > 0) {
            if (!tile.hasRemaining()) {
                tile.rewind();
            }
            int count = (int) Math.min(left, tile.remaining());
            ByteBuffer part = tile.slice(tile.position(), count);
            writeAll(file, part);
            tile.position(tile.position() + count);
            left -= count;
        }
    }

    private static void writeAll(FileChannel file, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }
}
