package corolla.swarm.codec;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * A tensor as a message carries it: its bytes still packed. Immutable, except that the bytes are borrowed from the message
 * they came in. Reading checks the form only; {@link TensorCodec} checks that the bytes fit the sizes.
 */
public final class WireTensor {
    /** Dimensions of the largest known tensor (deep prompts) are 4. */
    private static final int RANK_MAX = 8;

    private static final int DTYPE_LENGTH_MAX = 16;
    private static final long[] NO_SIZES = {};

    private final byte[] bytes;
    private final int from;
    private final int count;
    private final long[] sizes;
    private final String dtype;
    private final Compression compression;
    private final boolean requiresGrad;
    private final int chunks;

    private WireTensor(
            byte[] bytes,
            int from,
            int count,
            long[] sizes,
            String dtype,
            Compression compression,
            boolean requiresGrad,
            int chunks) {
        Objects.checkFromIndexSize(from, count, bytes.length);
        this.bytes = bytes;
        this.from = from;
        this.count = count;
        this.sizes = sizes;
        this.dtype = dtype;
        this.compression = compression;
        this.requiresGrad = requiresGrad;
        this.chunks = chunks;
    }

    /** A whole tensor; {@code buffer} and {@code sizes} are adopted. */
    public static WireTensor of(byte[] buffer, String dtype, Compression compression, long... sizes) {
        return new WireTensor(buffer, 0, buffer.length, sizes, dtype, compression, false, 0);
    }

    /** The dummy that stands for "absent" where a tensor is expected: no elements, rank 1. */
    public static WireTensor absent(String dtype) {
        return of(new byte[0], dtype, Compression.NONE, 0);
    }

    /** The dummy for a call with a compression: stock senders tag it so. */
    public static WireTensor absent(String dtype, Compression compression) {
        return of(new byte[0], dtype, compression, 0);
    }

    /** Reads a protobuf {@code Tensor} or a piece of one. The bytes stay borrowed from {@code message}. */
    public static WireTensor read(ProtoReader message) throws ProtocolException {
        var reading = new Reading();
        while (message.next() != 0) {
            switch (message.field()) {
                case 1 -> reading.buffer(message.slice());
                case 2 -> message.varints(reading::addSize);
                case 3 -> reading.requiresGrad = message.bool();
                case 4 -> reading.dtype = message.string();
                case 5 -> reading.compression = message.varint();
                case 6 -> reading.chunks = message.int32();
                default -> message.skip();
            }
        }
        return reading.result();
    }

    /** Collects the fields of one message. */
    private static final class Reading {
        private byte[] bytes = new byte[0];
        private int from;
        private int count;
        private long[] sizes = NO_SIZES;
        private int rank;
        private String dtype = "";
        private long compression;
        private boolean requiresGrad;
        private int chunks;

        void buffer(MemorySegment slice) {
            bytes = (byte[]) slice.heapBase().orElseThrow();
            from = (int) slice.address();
            count = (int) slice.byteSize();
        }

        void addSize(long size) {
            if (rank < RANK_MAX) {
                sizes = Arrays.copyOf(sizes, rank + 1);
                sizes[rank] = size;
            }
            rank++;
        }

        WireTensor result() throws ProtocolException {
            if (rank > RANK_MAX) {
                throw new ProtocolException("a tensor of " + rank + " dimensions exceeds " + RANK_MAX);
            }
            if (dtype.length() > DTYPE_LENGTH_MAX) {
                throw new ProtocolException("the name of a tensor's dtype has " + dtype.length() + " characters");
            }
            for (long size : sizes) {
                if (size < 0 || size > 0xFFFF_FFFFL) {
                    throw new ProtocolException("a tensor's size " + size + " is not 32 bits");
                }
            }
            Compression known = Compression.ofCode(compression)
                    .orElseThrow(() -> new ProtocolException("compression " + compression + " is not known"));
            return new WireTensor(bytes, from, count, sizes, dtype, known, requiresGrad, chunks);
        }
    }

    /** The message as stock peers write it: fields of value zero are left out. */
    public ProtoWriter write() {
        var writer = new ProtoWriter();
        if (count > 0) {
            writer.bytes(1, bytes, from, count);
        }
        return writer.packedVarints(2, sizes)
                .boolIfSet(3, requiresGrad)
                .stringIfSet(4, dtype)
                .varintIfSet(5, compression.code())
                .varintIfSet(6, chunks);
    }

    /** The packed bytes, read-only by convention, in no particular alignment. */
    public MemorySegment buffer() {
        return MemorySegment.ofArray(bytes).asSlice(from, count);
    }

    /** How many packed bytes. */
    public int byteCount() {
        return count;
    }

    public int rank() {
        return sizes.length;
    }

    public long size(int dimension) {
        return sizes[dimension];
    }

    /** A copy of all sizes. */
    public long[] sizes() {
        return sizes.clone();
    }

    /** The product of the sizes: 1 for a scalar; {@link Long#MAX_VALUE} when it does not fit. */
    public long elements() {
        long product = 1;
        for (long size : sizes) {
            if (size == 0) {
                return 0;
            }
            product = product > Long.MAX_VALUE / size ? Long.MAX_VALUE : product * size;
        }
        return product;
    }

    /** No elements: at the place of prompts or hypothesis ids that means "none". */
    public boolean isAbsent() {
        return elements() == 0;
    }

    /** The type before compression and after decompression: {@code float32}, …; empty in a piece that continues a tensor. */
    public String dtype() {
        return dtype;
    }

    public Compression compression() {
        return compression;
    }

    public boolean requiresGrad() {
        return requiresGrad;
    }

    /** How many pieces the sender announces; informational. */
    public int chunks() {
        return chunks;
    }

    /** The first piece of this tensor cut into {@code pieces}. */
    WireTensor firstPiece(int byteCount, int pieces) {
        return new WireTensor(bytes, from, byteCount, sizes, dtype, compression, requiresGrad, pieces);
    }

    /** A piece that continues this tensor. */
    WireTensor nextPiece(int offset, int byteCount) {
        return new WireTensor(bytes, from + offset, byteCount, NO_SIZES, "", Compression.NONE, false, 0);
    }

    /** This first piece with the bytes of all pieces. */
    WireTensor withBuffer(byte[] all) {
        return new WireTensor(all, 0, all.length, sizes, dtype, compression, requiresGrad, chunks);
    }

    void appendTo(ByteArrayOutputStream all) {
        all.write(bytes, from, count);
    }

    @Override
    public String toString() {
        return dtype + Arrays.toString(sizes) + " " + compression + " " + count + " bytes";
    }
}
