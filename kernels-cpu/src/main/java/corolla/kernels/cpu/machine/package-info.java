/**
 * Machine code for what neither the Vector API nor oneDNN can say. Java has no prefetch instruction, and decoding waits for memory: with everything else equal, a product
 * of 4-bit weights that asks for its weights some lines ahead is twice as fast from memory (docs/speed.md). It has no dot product of bytes, and its compiler stops
 * inlining in kernels that decode much. So products of a few rows of activations are assembled at start, where the processor has AVX-512 and the system is Linux: with panels
 * ({@link corolla.kernels.cpu.machine.PanelCode}, to which {@link corolla.kernels.cpu.machine.Heads} and {@link corolla.kernels.cpu.machine.Numbers} add what a type of
 * weights needs) and with rows ({@link corolla.kernels.cpu.machine.RowCode}, {@link corolla.kernels.cpu.machine.RowNumbers}). They do the operations of {@code corolla.kernels.cpu.vector} in
 * their order, so results have the same bits with them and without.
 *
 * <p>{@link corolla.kernels.cpu.machine.Assembler} writes the few instructions that are needed; numbers are from the Intel 64 and IA-32 Architectures
 * Software Developer's Manual, volume 2, sections 2.7 ("EVEX") and the instructions' own pages.
 */
@NullMarked
package corolla.kernels.cpu.machine;

import org.jspecify.annotations.NullMarked;
