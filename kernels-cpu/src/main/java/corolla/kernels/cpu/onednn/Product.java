package corolla.kernels.cpu.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import corolla.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A ready primitive and its argument set, which the calls change: confined to one caller at a time. */
final class Product implements AutoCloseable {
    private static final long ARGUMENT_BYTES = 16;

    private final Dnnl dnnl;
    private final Multiplication shape;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> memories = new ArrayList<>();
    private final MemorySegment primitiveDesc;
    private final MemorySegment primitive;
    private final MemorySegment arguments;
    private final long scratchBytes;

    Product(Dnnl dnnl, Multiplication shape) {
        this.dnnl = dnnl;
        this.shape = shape;
        boolean bytes = shape.weights() == DType.I8;
        int sourceType = type(shape.source());
        int weightType = type(shape.weights());
        int targetType = bytes ? Dnnl.S32 : Dnnl.F32;
        MemorySegment source = dnnl.memoryDesc(sourceType, shape.m(), shape.k(), shape.sourceStride(), 1);
        MemorySegment weights =
                dnnl.memoryDesc(weightType, shape.k(), shape.n(), shape.weightStrideK(), shape.weightStrideN());
        MemorySegment target = dnnl.memoryDesc(targetType, shape.m(), shape.n(), shape.targetStride(), 1);
        MemorySegment attributes = dnnl.attributes(weightType != sourceType, shape.add());
        try {
            primitiveDesc = dnnl.matmulDesc(source, weights, target, attributes);
            primitive = dnnl.primitive(primitiveDesc);
            MemorySegment scratchpad = dnnl.scratchpadDesc(primitiveDesc);
            scratchBytes = dnnl.bytes(scratchpad);
            arguments = arena.allocate(4 * ARGUMENT_BYTES, ARGUMENT_BYTES);
            argument(Dnnl.ARG_SRC, source);
            argument(Dnnl.ARG_WEIGHTS, weights);
            argument(Dnnl.ARG_DST, target);
            argument(Dnnl.ARG_SCRATCHPAD, scratchpad);
        } finally {
            dnnl.destroyAttributes(attributes);
            dnnl.destroyMemoryDesc(source);
            dnnl.destroyMemoryDesc(weights);
            dnnl.destroyMemoryDesc(target);
        }
    }

    private static int type(DType dtype) {
        return switch (dtype) {
            case BF16 -> Dnnl.BF16;
            case I8 -> Dnnl.S8;
            default -> Dnnl.F32;
        };
    }

    private void argument(int role, MemorySegment desc) {
        MemorySegment memory = dnnl.memory(desc);
        long at = memories.size() * ARGUMENT_BYTES;
        arguments.set(JAVA_INT, at, role);
        arguments.set(ADDRESS, at + 8, memory);
        memories.add(memory);
    }

    long scratchBytes() {
        return scratchBytes;
    }

    String implementation() {
        return dnnl.implementation(primitiveDesc);
    }

    /** oneDNN checks no bounds: a short segment would be read or written past its end. */
    void run(MemorySegment source, MemorySegment weights, MemorySegment target, MemorySegment scratch) {
        require("source", source, shape.sourceBytes());
        require("weights", weights, shape.weightBytes());
        require("target", target, shape.targetBytes());
        require("scratchpad", scratch, scratchBytes);
        dnnl.setData(memories.get(0), source);
        dnnl.setData(memories.get(1), weights);
        dnnl.setData(memories.get(2), target);
        dnnl.setData(memories.get(3), scratch);
        dnnl.execute(primitive, memories.size(), arguments);
    }

    private void require(String name, MemorySegment segment, long bytes) {
        if (!segment.isNative() || segment.byteSize() < bytes) {
            throw new IllegalArgumentException(
                    name + " of " + shape + " needs " + bytes + " bytes outside the heap, has " + segment.byteSize()
                            + (segment.isNative() ? "" : " in the heap"));
        }
    }

    @Override
    public void close() {
        memories.forEach(dnnl::destroyMemory);
        dnnl.destroyPrimitive(primitive);
        dnnl.destroyPrimitiveDesc(primitiveDesc);
        arena.close();
    }
}
