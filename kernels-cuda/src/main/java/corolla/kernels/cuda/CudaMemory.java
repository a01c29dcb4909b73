package corolla.kernels.cuda;

import static corolla.kernels.cuda.CudaKernels.leads;

import corolla.base.compute.Member;
import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.DeviceSegments;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.HeadVectors;
import corolla.tensor.HostBus;
import corolla.tensor.KernelMemory;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Memory of one GPU. Thread-safe. */
final class CudaMemory implements KernelMemory {
    static final KernelSource MEMORY = KernelSource.of("memory.cu");

    private final Gpu gpu;

    CudaMemory(Gpu gpu) {
        this.gpu = gpu;
    }

    @Override
    public boolean isApart() {
        return true;
    }

    @Override
    public boolean isHere(Tensor tensor) {
        return DeviceSegments.isClosed(tensor.data());
    }

    @Override
    public Tensor allocate(Arena owner, DType dtype, long... dimensions) {
        Tensor tensor = unset(owner, dtype, Shape.of(dimensions));
        zero(Member.alone(), tensor);
        return tensor;
    }

    private Tensor unset(Arena owner, DType dtype, Shape shape) {
        return new Tensor(gpu.allocate(owner, dtype.bytes(shape)), dtype, shape);
    }

    @Override
    public Tensor filled(Arena owner, Consumer<Tensor> fill, DType dtype, long... dimensions) {
        try (Arena passing = Arena.ofShared()) {
            Tensor host = Tensor.allocate(passing, dtype, dimensions);
            fill.accept(host);
            return keep(owner, host);
        }
    }

    @Override
    public Tensor keep(Arena owner, Tensor tensor) {
        if (isHere(tensor)) {
            return tensor;
        }
        Tensor kept = unset(owner, tensor.dtype(), tensor.shape());
        copy(Member.alone(), tensor, kept);
        return kept;
    }

    @Override
    public void copy(Member me, Tensor from, Tensor to) {
        Check.sameBytes(from, to);
        if (!leads(me) || from.data().byteSize() == 0) {
            return;
        }
        MemorySegment source = from.data();
        MemorySegment target = to.data();
        if (isHere(to)) {
            gpu.run(operation -> {
                if (isHere(from)) {
                    operation.copyOnDevice(operation.write(target), operation.read(source), source.byteSize());
                } else {
                    operation.copyToDevice(operation.write(target), source);
                }
            });
        } else if (isHere(from)) {
            gpu.run(operation -> operation.download(operation.read(source), target));
        } else {
            target.copyFrom(source);
        }
    }

    @Override
    public void copyHeads(Member me, int heads, long rows, int size, HeadVectors from, HeadVectors to) {
        from.check(heads, rows, size);
        to.check(heads, rows, size);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    heads * rows * size,
                    MEMORY,
                    "copyHeads",
                    operation
                            .arguments()
                            .wide(operation.read(from.tensor()) + Float.BYTES * from.start())
                            .wide(from.head())
                            .wide(from.row())
                            .wide(operation.update(to.tensor()) + Float.BYTES * to.start())
                            .wide(to.head())
                            .wide(to.row())
                            .wide(heads * rows * size)
                            .wide(rows)
                            .integer(size)));
        }
    }

    /** Row {@code rows[i]} of x becomes row i of {@code out}. */
    void gather(Tensor x, int[] rows, Tensor out) {
        gpu.run(operation -> operation.launchOver(
                out.elements(),
                MEMORY,
                "gatherRows",
                operation
                        .arguments()
                        .wide(operation.read(x))
                        .wide(operation.upload(rows))
                        .wide(operation.write(out))
                        .wide(out.elements())
                        .wide(out.columns())));
    }

    /** A tensor that the host can read: itself, or a copy that lives as long as {@code owner}; then the host has waited. */
    Tensor onHost(Arena owner, Tensor tensor) {
        if (!isHere(tensor)) {
            return tensor;
        }
        Tensor copy = Tensor.allocate(owner, tensor.dtype(), tensor.shape().toArray());
        copy(Member.alone(), tensor, copy);
        return copy;
    }

    @Override
    public void zero(Member me, Tensor tensor) {
        MemorySegment data = tensor.data();
        if (!leads(me) || data.byteSize() == 0) {
            return;
        }
        if (isHere(tensor)) {
            gpu.run(operation -> operation.zero(operation.write(data), data.byteSize()));
        } else {
            data.fill((byte) 0);
        }
    }

    @Override
    public OptionalLong bytesFree() {
        return OptionalLong.of(gpu.device().bytesFree());
    }

    @Override
    public Optional<HostBus> bus(long bytes) {
        return Optional.of(CudaBus.open(gpu, bytes));
    }
}
