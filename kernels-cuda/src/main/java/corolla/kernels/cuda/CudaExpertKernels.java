package corolla.kernels.cuda;

import static corolla.kernels.cuda.CudaKernels.leads;

import corolla.base.compute.Member;
import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.tensor.Check;
import corolla.tensor.ClampedSwiglu;
import corolla.tensor.ExpertKernels;
import corolla.tensor.ExpertLayer;
import corolla.tensor.GroupMatrix;
import corolla.tensor.RoutedExperts;
import corolla.tensor.Routing;
import corolla.tensor.RowGroups;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Expert operations of one GPU: a launch for each expert that has rows; a few rows choose theirs on the device. Thread-safe. */
final class CudaExpertKernels implements ExpertKernels {
    private static final KernelSource ELEMENTWISE = KernelSource.of("elementwise.cu");
    private static final KernelSource EXPERTS = KernelSource.of("experts.cu");

    private final Gpu gpu;
    private final CudaMemory memory;
    private final Products products;

    CudaExpertKernels(Gpu gpu, CudaMemory memory, Products products) {
        this.gpu = gpu;
        this.memory = memory;
        this.products = products;
    }

    @Override
    public Optional<RoutedExperts> routed(Arena owner, ExpertLayer layer) {
        return CudaRoutedExperts.of(gpu, memory, products, owner, layer);
    }

    /** Which experts have rows decides what is launched, so the host has to know. */
    @Override
    public void choose(Member me, Tensor logits, @Nullable Tensor correction, Routing routing) {
        if (leads(me)) {
            try (Arena passing = Arena.ofShared()) {
                routing.choose(Member.alone(), memory.onHost(passing, logits), correction);
            }
        }
    }

    /** The gradients of weights are with the host, where {@link #combineBackward} brought them. */
    @Override
    public void chooseBackward(Member me, Tensor logits, Routing routing) {
        if (leads(me)) {
            try (Arena passing = Arena.ofShared()) {
                Tensor host = memory.onHost(passing, logits);
                routing.chooseBackward(Member.alone(), host);
                if (memory.isHere(logits)) {
                    memory.copy(me, host, logits);
                }
            }
        }
    }

    @Override
    public void gather(Member me, Tensor x, Routing routing, Tensor sorted) {
        Check.sorted(sorted, routing, x);
        if (leads(me)) {
            int[] rows = new int[routing.places()];
            Arrays.setAll(rows, routing::rowAt);
            memory.gather(x, rows, sorted);
        }
    }

    @Override
    public void multiply(Member me, Tensor x, RowGroups groups, GroupMatrix w, Tensor y) {
        Check.groups(x, groups, w, y);
        if (!leads(me)) {
            return;
        }
        gpu.run(operation -> {
            long from = operation.read(x);
            long to = operation.write(y);
            long biases = operation.read(w.biases());
            for (int group = 0; group < groups.count(); group++) {
                int rows = groups.end(group) - groups.start(group);
                if (rows > 0) {
                    long at = to + groups.start(group) * y.rowBytes();
                    CudaMatrix matrix = CudaMatrix.own(w.matrices().get(group));
                    products.forward(operation, from + groups.start(group) * x.rowBytes(), rows, matrix, at, false);
                    if (w.biases() != null) {
                        long bias = biases + group * w.biases().rowBytes();
                        operation.launchOver(
                                rows * y.columns(),
                                ELEMENTWISE,
                                "addBias",
                                operation
                                        .arguments()
                                        .wide(bias)
                                        .wide(at)
                                        .wide(rows * y.columns())
                                        .wide(y.columns()));
                    }
                }
            }
        });
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, RowGroups groups, GroupMatrix w, Tensor dx) {
        Check.groups(dx, groups, w, dy);
        if (!leads(me)) {
            return;
        }
        gpu.run(operation -> {
            long from = operation.read(dy);
            long to = operation.write(dx);
            for (int group = 0; group < groups.count(); group++) {
                int rows = groups.end(group) - groups.start(group);
                if (rows > 0) {
                    products.transposed(
                            operation,
                            from + groups.start(group) * dy.rowBytes(),
                            rows,
                            CudaMatrix.own(w.matrices().get(group)),
                            to + groups.start(group) * dx.rowBytes());
                }
            }
        });
    }

    @Override
    public void combine(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        if (leads(me)) {
            float[] weights = new float[routing.places()];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = routing.weight(
                        i / routing.rule().choices(), i % routing.rule().choices());
            }
            gpu.run(operation -> combine(operation, sorted, routing, operation.upload(weights), y));
        }
    }

    @Override
    public void gatherBackward(Member me, Tensor sorted, Routing routing, Tensor y) {
        Check.sorted(sorted, routing, y);
        if (leads(me)) {
            gpu.run(operation -> combine(operation, sorted, routing, 0, y));
        }
    }

    private static void combine(Operation operation, Tensor sorted, Routing routing, long weights, Tensor y) {
        int choices = routing.rule().choices();
        int[] places = new int[routing.places()];
        for (int i = 0; i < places.length; i++) {
            places[i] = routing.place(i / choices, i % choices);
        }
        combine(operation, operation.read(sorted), operation.upload(places), weights, choices, y, true);
    }

    /**
     * y = the weighted sum of each row's choices, or y += .
     *
     * @param sorted where f32 (places, columns) are on the device
     * @param places where integers (rows, choices) are
     * @param weights where floats (rows, choices) are; 0: all are 1
     */
    static void combine(
            Operation operation, long sorted, long places, long weights, int choices, Tensor y, boolean add) {
        long to = add ? operation.update(y) : operation.write(y);
        operation.launchOver(
                y.elements(),
                EXPERTS,
                "combine",
                operation
                        .arguments()
                        .wide(sorted)
                        .wide(places)
                        .wide(weights)
                        .wide(to)
                        .wide(y.elements())
                        .wide(y.columns())
                        .integer(choices)
                        .integer(add ? 1 : 0));
    }

    @Override
    public void combineBackward(
            Member me, Tensor inner, Tensor dInner, Tensor dSorted, GroupMatrix projection, Routing routing) {
        Check.weighed(inner, dInner, dSorted, projection, routing);
        if (!leads(me)) {
            return;
        }
        int places = routing.places();
        int[] experts = new int[places];
        float[] weights = new float[places];
        for (int place = 0; place < places; place++) {
            experts[place] = routing.expertAt(place);
            weights[place] = routing.weightAt(place);
        }
        try (Arena passing = Arena.ofShared()) {
            MemorySegment gradients = passing.allocate(ValueLayout.JAVA_FLOAT, places);
            gpu.run(operation -> {
                long found = operation.scratch(gradients.byteSize());
                operation.launchRows(
                        places,
                        EXPERTS,
                        "combineBackward",
                        operation
                                .arguments()
                                .wide(operation.read(inner))
                                .wide(operation.update(dInner))
                                .wide(inner.columns())
                                .wide(operation.read(projection.biases()))
                                .wide(operation.upload(experts))
                                .wide(operation.read(dSorted))
                                .wide(dSorted.columns())
                                .wide(operation.upload(weights))
                                .wide(found));
                operation.download(found, gradients);
            });
            for (int place = 0; place < places; place++) {
                routing.gradientAt(place, gradients.getAtIndex(ValueLayout.JAVA_FLOAT, place));
            }
        }
    }

    @Override
    public void clampedSwiglu(Member me, ClampedSwiglu gate, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    out.elements(),
                    ELEMENTWISE,
                    "clampedSwiglu",
                    operation
                            .arguments()
                            .wide(operation.read(gateUp))
                            .wide(operation.write(out))
                            .wide(out.elements())
                            .wide(out.columns())
                            .real(gate.alpha())
                            .real(gate.limit())));
        }
    }

    @Override
    public void clampedSwigluBackward(Member me, ClampedSwiglu gate, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    dOut.elements(),
                    ELEMENTWISE,
                    "clampedSwigluBackward",
                    operation
                            .arguments()
                            .wide(operation.update(gateUp))
                            .wide(operation.read(dOut))
                            .wide(dOut.elements())
                            .wide(dOut.columns())
                            .real(gate.alpha())
                            .real(gate.limit())));
        }
    }
}
