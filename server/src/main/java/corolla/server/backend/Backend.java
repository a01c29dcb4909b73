package corolla.server.backend;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.model.block.BackwardCall;
import corolla.model.block.BackwardRequest;
import corolla.model.block.BlockHook;
import corolla.model.block.BlockStack;
import corolla.model.block.ForwardCall;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.server.adapter.AdapterLimits;
import corolla.server.adapter.AdapterTable;
import corolla.server.scheduler.Priority;
import corolla.server.scheduler.Scheduler;
import corolla.server.scheduler.Step;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.DeviceException;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a server, their adapters, and the turns in which they compute. Thread-safe. Owns blocks and adapters; {@link #close} ends
 * when nothing computes any more.
 */
public final class Backend implements AutoCloseable {
    private volatile BlockStack blocks;
    private final Team team;
    private final Scheduler scheduler;
    private final AdapterTable adapters;
    private final int turnRowsMax;
    private final LostDevice lost = new LostDevice();

    /**
     * @param blocks adopted
     * @param turnRowsMax rows of one turn; longer requests take several
     * @param waitingMax steps that may wait for their turn
     * @param adapterLimits what adapters may take
     */
    public Backend(
            BlockStack blocks, Team team, Clock clock, int turnRowsMax, int waitingMax, AdapterLimits adapterLimits) {
        this.blocks = blocks;
        this.adapters = new AdapterTable(this::blocks, adapterLimits);
        this.team = team;
        this.turnRowsMax = turnRowsMax;
        this.scheduler = new Scheduler(clock, waitingMax, this::compute);
    }

    public BlockStack blocks() {
        return blocks;
    }

    /** The adapters that requests may ask for. */
    public AdapterTable adapters() {
        return adapters;
    }

    /** The blocks that are in memory; empty when there are none. */
    public Optional<Span> span() {
        BlockStack now = blocks;
        return now.start() == now.end() ? Optional.empty() : Optional.of(new Span(now.start(), now.end()));
    }

    /**
     * Frees blocks that nobody uses any more, nor will. What runs on the others goes on. One change at a time.
     *
     * @param kept within those that are there, or null for none
     */
    public void narrow(@Nullable Span kept) {
        BlockStack all = blocks;
        blocks = kept == null ? all.narrowed(all.start(), all.start()) : all.narrowed(kept.start(), kept.end());
    }

    /**
     * Adds blocks right before or behind those that are there; any, when there are none. Adapters are fitted to them by {@link
     * corolla.server.adapter.ServedAdapters#refit}. One change at a time.
     *
     * @param loaded adopted
     */
    public void extend(BlockStack loaded) {
        blocks = blocks.extended(loaded);
    }

    /** How many steps wait for their turn. */
    public int waiting() {
        return scheduler.waiting();
    }

    /** Tells once, on the thread that notices, that the device is lost and nothing can be computed any more. */
    public void whenLost(Consumer<DeviceException> listener) {
        lost.tell(listener);
    }

    /** What a caller gets for a failure of the device; others may go on, unless it is fatal. */
    public IOException failed(DeviceException failure) {
        if (failure.isFatal()) {
            lost.happened(failure);
        }
        String what = failure.isOutOfMemory() ? "the server is out of memory" : "the server's device failed";
        return new IOException(what + ": " + failure.getMessage(), failure);
    }

    private void compute(Step step, Deadline deadline) throws IOException, InterruptedException {
        try {
            switch (step) {
                case Step.Forward forward -> compute(forward, deadline);
                case Step.Other other -> team.run(other.body(), deadline);
            }
        } catch (DeviceException failure) {
            throw failed(failure);
        } catch (InternalError cut) { // how the JVM tells that a mapped page is gone
            throw new IOException(
                    "weights of blocks " + blocks.start() + ":" + blocks.end()
                            + " cannot be read: their file was cut, or its disk failed",
                    cut);
        }
    }

    private void compute(Step.Forward step, Deadline deadline) throws IOException, InterruptedException {
        Span span = step.blocks();
        try (ForwardCall call =
                blocks.prepare(step.hidden(), List.of(step.part()), span.start(), span.end(), step.hook())) {
            team.run(call, deadline);
        }
    }

    /**
     * Continues sequences: their next tokens go through {@code blocks} and into the cache, at its position.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @param added adapter, and deep prompts for the first of these tokens
     */
    public void infer(Tensor hidden, KvCache cache, Span blocks, Additions added, Deadline deadline)
            throws IOException, InterruptedException {
        int batch = Math.toIntExact(hidden.shape().size(0));
        int tokens = Math.toIntExact(hidden.shape().size(1));
        int tokensPerTurn = Math.max(1, turnRowsMax / batch);
        if (tokens <= tokensPerTurn) {
            Part part = Part.next(cache, tokens).withAdapter(added.adapter());
            run(Priority.INFERENCE, hidden, part, blocks, added.hook(0, blocks, batch, tokens, 0), deadline);
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            Tensor turn = Tensor.allocate(arena, DType.F32, batch, tokensPerTurn, hidden.columns());
            for (int from = 0; from < tokens; from += tokensPerTurn) {
                int count = Math.min(tokensPerTurn, tokens - from);
                Part part = Part.next(cache, count).withAdapter(added.adapter());
                Tensor some = turn.slice(0, (long) batch * count).reshape(batch, count, hidden.columns());
                copyTokens(hidden, from, some, true);
                run(Priority.INFERENCE, some, part, blocks, added.hook(0, blocks, batch, count, from), deadline);
                copyTokens(hidden, from, some, false);
            }
        }
    }

    /**
     * Runs sequences that see only themselves through a chain.
     *
     * @param hidden (batch, tokens, hiddenSize) f32, replaced by the output
     * @param added adapter and deep prompts
     */
    public void forward(Tensor hidden, Chain chain, Additions added, Deadline deadline)
            throws IOException, InterruptedException {
        int batch = Math.toIntExact(hidden.shape().size(0));
        int tokens = Math.toIntExact(hidden.shape().size(1));
        Part part = Part.uncached(batch, tokens).withAdapter(added.adapter());
        int place = 0;
        for (Span run : chain.runs()) {
            // A large request gives way to others after each block.
            int blocksPerTurn = part.rows() <= turnRowsMax ? run.length() : 1;
            for (int from = run.start(); from < run.end(); from += blocksPerTurn) {
                Span some = new Span(from, Math.min(from + blocksPerTurn, run.end()));
                run(Priority.BATCH, hidden, part, some, added.hook(place, some, batch, tokens, 0), deadline);
                place += some.length();
            }
        }
    }

    /** Computes gradients, a turn for each block and direction, so that others come between. */
    public void backward(BackwardRequest request, Deadline deadline) throws IOException, InterruptedException {
        try (BackwardCall call = blocks.prepareBackward(request)) {
            while (call.hasNext()) {
                scheduler.run(new Step.Other(Priority.BATCH, call.next()), deadline);
            }
        } catch (DeviceException failure) {
            throw failed(failure);
        }
    }

    private void run(Priority priority, Tensor hidden, Part part, Span span, BlockHook hook, Deadline deadline)
            throws IOException, InterruptedException {
        scheduler.run(new Step.Forward(priority, hidden, part, span, hook), deadline);
    }

    /** Copies tokens {@code [from, from + n)} of every sequence of {@code all} to or from {@code some}. */
    private static void copyTokens(Tensor all, int from, Tensor some, boolean out) {
        long rowBytes = all.rowBytes();
        long bytes = some.shape().size(1) * rowBytes;
        for (long sequence = 0; sequence < all.shape().size(0); sequence++) {
            long inAll = (sequence * all.shape().size(1) + from) * rowBytes;
            long inSome = sequence * bytes;
            if (out) {
                MemorySegment.copy(all.data(), inAll, some.data(), inSome, bytes);
            } else {
                MemorySegment.copy(some.data(), inSome, all.data(), inAll, bytes);
            }
        }
    }

    /** Waits for the steps that compute, refuses the others, and frees the blocks and their adapters. */
    @Override
    public void close() {
        scheduler.close();
        adapters.close();
        blocks.close();
    }
}
