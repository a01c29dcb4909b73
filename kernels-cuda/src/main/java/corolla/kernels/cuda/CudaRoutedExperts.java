package corolla.kernels.cuda;

import static corolla.kernels.cuda.CudaKernels.leads;

import corolla.base.compute.Member;
import corolla.kernels.cuda.ChosenProducts.Inputs;
import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.Arguments;
import corolla.tensor.Check;
import corolla.tensor.ExpertGate;
import corolla.tensor.ExpertLayer;
import corolla.tensor.RoutedExperts;
import corolla.tensor.RoutingRule;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The routed experts of one block: five launches or some more, whose grids depend on how many rows there are, and no wait. Thread-safe. */
final class CudaRoutedExperts implements RoutedExperts {
    private static final KernelSource ELEMENTWISE = KernelSource.of("elementwise.cu");

    private final Gpu gpu;
    private final ChosenProducts products;
    private final RoutingRule rule;
    private final ExpertGate gate;
    private final @Nullable Tensor correction; // on the device
    private final ExpertTable up;
    private final ExpertTable down;

    private CudaRoutedExperts(
            Gpu gpu,
            Products products,
            ExpertLayer layer,
            @Nullable Tensor correction,
            ExpertTable up,
            ExpertTable down) {
        this.gpu = gpu;
        this.products = new ChosenProducts(products);
        this.rule = layer.rule();
        this.gate = layer.gate();
        this.correction = correction;
        this.up = up;
        this.down = down;
    }

    /** None for rules and experts that the kernels do not know. */
    static Optional<RoutedExperts> of(Gpu gpu, CudaMemory memory, Products products, Arena owner, ExpertLayer layer) {
        if (!DeviceRouting.follows(layer.rule())) {
            return Optional.empty();
        }
        Optional<ExpertTable> up = ExpertTable.of(gpu, memory, owner, layer.up());
        Optional<ExpertTable> down = ExpertTable.of(gpu, memory, owner, layer.down());
        if (up.isEmpty() || down.isEmpty()) {
            return Optional.empty();
        }
        gpu.modules().prepare(DeviceRouting.ROUTING);
        Tensor correction = layer.correction() == null ? null : memory.keep(owner, layer.correction());
        return Optional.of(new CudaRoutedExperts(gpu, products, layer, correction, up.get(), down.get()));
    }

    @Override
    public boolean takes(long rows) {
        return DeviceRouting.takes(rule, rows);
    }

    @Override
    public void forward(Member me, Tensor x, Tensor logits, Tensor y, boolean add) {
        Check.linear(x, up.columns(), y, down.rows());
        Check.floats("router logits", logits);
        Check.columns("router logits", logits, rule.experts());
        Check.sameRows("router logits", logits, "input", x);
        if (!takes(x.rows())) {
            throw new IllegalArgumentException(x.rows() + " rows for routing on the device");
        }
        if (leads(me)) {
            gpu.run(operation -> forward(operation, x, logits, y, add));
        }
    }

    private void forward(Operation operation, Tensor x, Tensor logits, Tensor y, boolean add) {
        int rows = Math.toIntExact(x.rows());
        long choosers = operation.read(logits);
        operation.mark(up.first());
        DeviceRouting routing = DeviceRouting.choose(operation, rule, rows, choosers, operation.read(correction));
        long places = routing.count();
        long size = down.columns();
        long projected = operation.scratch(places * up.rows() * Float.BYTES);
        products.forward(operation, routing, up, inputs(operation, routing, x), projected);
        long inner = operation.scratch(places * size * Float.BYTES);
        gate(operation, projected, inner, places * size, size);
        long sorted = operation.scratch(places * down.rows() * Float.BYTES);
        products.forward(operation, routing, down, new Inputs(inner, routing.count(), false), sorted);
        CudaExpertKernels.combine(operation, sorted, routing.places(), routing.weights(), rule.choices(), y, add);
    }

    /** Rows by place; a single row stays where it is. */
    private static Inputs inputs(Operation operation, DeviceRouting routing, Tensor x) {
        long from = operation.read(x);
        if (x.rows() == 1) {
            return new Inputs(from, 1, true);
        }
        long count = routing.count() * x.columns();
        long sorted = operation.scratch(count * Float.BYTES);
        operation.launchOver(
                count,
                CudaMemory.MEMORY,
                "gatherRows",
                operation
                        .arguments()
                        .wide(from)
                        .wide(routing.rowsAt())
                        .wide(sorted)
                        .wide(count)
                        .wide(x.columns()));
        return new Inputs(sorted, routing.count(), false);
    }

    private void gate(Operation operation, long gateUp, long out, long count, long columns) {
        Arguments arguments =
                operation.arguments().wide(gateUp).wide(out).wide(count).wide(columns);
        switch (gate) {
            case ExpertGate.Plain plain ->
                operation.launchOver(
                        count, ELEMENTWISE, "gate", arguments.integer(ActivationCode.of(plain.activation())));
            case ExpertGate.Clamped clamped ->
                operation.launchOver(
                        count,
                        ELEMENTWISE,
                        "clampedSwiglu",
                        arguments
                                .real(clamped.swiglu().alpha())
                                .real(clamped.swiglu().limit()));
        }
    }
}
