package corolla.bench.kernels;

import corolla.tensor.DType;

/** Sizes of a Llama-like model; {@code vocabulary} 0 leaves the head away. */
record ModelShape(
        String name,
        int blocks,
        int hidden,
        int heads,
        int kvHeads,
        int headSize,
        int inner,
        int vocabulary,
        DType headType) {

    /** Four blocks like those of Llama-3.2-1B: more than a cache holds, in any type. */
    static ModelShape llamaBlocks() {
        return new ModelShape("Llama-1B block", 4, 2048, 32, 8, 64, 8192, 0, DType.F32);
    }

    /** SmolLM2-135M as its GGUF file has it, whole. */
    static ModelShape smolLm2() {
        return new ModelShape("SmolLM2-135M token", 30, 576, 9, 3, 64, 1536, 49152, DType.Q8_0);
    }

    int qkv() {
        return (heads + 2 * kvHeads) * headSize;
    }

    /** Multiply-adds of one token in the blocks' products. */
    long blockWeights() {
        return (long) blocks * ((long) hidden * qkv() + (long) heads * headSize * hidden + 3L * hidden * inner);
    }
}
