package corolla.cli.table3;

import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.Weights;
import corolla.tensor.Kernels;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How many blocks fit. Pure.
 *
 * @param shape of the whole model
 * @param blockBytes of one block's weights in memory
 * @param copies how many blocks are in memory, all servers together
 * @param besides bytes that are not for blocks
 * @param cacheTokens of all sessions at a time
 */
public record BlockBudget(ModelShape shape, long blockBytes, int copies, long besides, int cacheTokens) {
    /** A JVM with what it has compiled; docs of {@code --max-memory} say the same. */
    private static final long PROCESS_BYTES = 250L << 20;

    /** The rest is the system's. */
    private static final double SHARE = 0.9;

    /** A process's share of a device: context, loaded kernels, workspace of libraries. */
    private static final long DEVICE_PROCESS_BYTES = 700L << 20;

    /** Rows that are worked on at a time, as {@link corolla.model.block.BlockStack} has it, and about how wide their scratch is. */
    private static final int SCRATCH_ROWS = 512;

    private static final Cell LARGEST = Cell.FORWARD_64;

    /** Inputs and outputs of a batch, as they are computed, packed and sent. */
    private static final int BATCH_COPIES = 6;

    /**
     * What is free.
     *
     * @param hostBytes of the host's memory
     * @param deviceBytes of all devices together; empty where the host's processor computes
     */
    public record Room(long hostBytes, OptionalLong deviceBytes) {

        /**
         * On this machine. The others of several devices are taken to be like the first; the one with most servers decides what each of them gets.
         *
         * @param bytesMax what may be taken of the memory that computes; empty: all
         */
        static Room of(Kernels kernels, OptionalLong bytesMax, int servers, int devices) {
            long host = Machine.availableMemory().orElse(Runtime.getRuntime().maxMemory());
            long most = bytesMax.orElse(Long.MAX_VALUE);
            OptionalLong device = kernels.memory().bytesFree();
            if (device.isEmpty()) {
                return new Room(Math.min(host, most), device);
            }
            int onOne = Math.ceilDiv(servers, devices);
            return new Room(host, OptionalLong.of(Math.min(device.getAsLong() * servers / onOne, most)));
        }
    }

    /**
     * Plans a swarm.
     *
     * @param servers how many; beside them there are a bootstrap node, a client and this process
     * @param cacheTokens of all sessions at a time
     */
    public static BlockBudget of(ModelShape shape, Weights weights, Room room, int servers, int cacheTokens) {
        long blockBytes = weights.bytes(shape.blockWeights());
        long besides = besides(shape, room, servers, cacheTokens);
        double free = room.deviceBytes().orElse(room.hostBytes()) * SHARE - besides;
        int copies = Math.clamp((long) (free / blockBytes), 0, shape.blocks());
        return new BlockBudget(shape, blockBytes, copies, besides, cacheTokens);
    }

    /** What the memory that holds blocks must hold besides. */
    private static long besides(ModelShape shape, Room room, int servers, int cacheTokens) {
        long cache = shape.cacheBytesPerToken() * shape.blocks() * cacheTokens;
        long calls = cache + BATCH_COPIES * batchBytes(shape);
        if (room.deviceBytes().isEmpty()) {
            return (servers + 3) * PROCESS_BYTES + calls;
        }
        long scratch = (long) SCRATCH_ROWS * Float.BYTES * (6L * shape.hidden() + 2L * shape.inner());
        return (servers + 1) * (DEVICE_PROCESS_BYTES + scratch) + calls;
    }

    private static long batchBytes(ModelShape shape) {
        return (long) LARGEST.tokens() * shape.hidden() * Float.BYTES;
    }

    /** What the heap of one process may take, in MiB: a batch is some arrays at a time. */
    public long heapMebibytes() {
        return 384 + ((BATCH_COPIES * batchBytes(shape)) >> 20);
    }

    /** Whether the model is visited block by block, each its own memory. */
    public boolean isWhole() {
        return copies == shape.blocks();
    }

    /** How many copies a server of so many blocks holds, when the whole is divided fairly; 0: not even one. */
    public int copiesOf(int blocks) {
        return (int) ((long) copies * blocks / shape.blocks());
    }

    /** Why {@code servers} servers cannot share these blocks; empty when they can. */
    public Optional<String> refusal(int servers) {
        int least = shape.blocks() / servers; // blocks of the smallest server
        if (least == 0) {
            return Optional.of(shape.blocks() + " blocks are too few for " + servers + " servers");
        }
        if (copiesOf(least) > 0) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%s does not fit: a block takes %.2f GB and %d servers need one each beside %.1f GB for processes, caches and batches; "
                        + "room is for %d. Choose a smaller --shape, --weights int8 or nf4, or a machine with more memory",
                shape.name(),
                blockBytes / 1e9,
                servers,
                besides / 1e9,
                copies));
    }
}
