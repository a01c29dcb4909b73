/**
 * Speed of kernels. {@link corolla.bench.kernels.DecodeBench} tells how near decoding comes to the memory's read speed,
 * {@link corolla.bench.kernels.PrefillBench} how fast batches are, {@link corolla.bench.kernels.ProductBenchmark} (JMH)
 * compares single products. Ratios within one run are what counts: the numbers of two runs on a shared machine do not compare.
 */
@NullMarked
package corolla.bench.kernels;

import org.jspecify.annotations.NullMarked;
