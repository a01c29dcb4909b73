/**
 * Kernels on the Vector API. Weights come in two forms ({@link corolla.kernels.cpu.vector.Part}): row-major memory read in
 * place, and panels re-packed from quantised groups. Each row of a product is one chain of operations in a fixed order,
 * whatever the batch, the team or the compiler tier: no {@code reduceLanes} and no {@code lanewise(EXP)}, whose
 * order and rounding the Vector API leaves open.
 *
 * <p>C2 inlines only so much: a loop body of about eight multiply-adds compiles to what one would write by hand, one of
 * sixteen falls back to boxed vectors and is thirty times slower, and a nested loop of four rounds costs a third. Hence
 * one flat loop a kernel, small bodies, and masks kept as constants.
 */
@NullMarked
package corolla.kernels.cpu.vector;

import org.jspecify.annotations.NullMarked;
