/**
 * {@code corolla bench table3}: Table 3 of Petals (Borzunov et al. 2023, arXiv 2209.01188) measured with our servers and client on one machine.
 *
 * <p>Start with {@link corolla.cli.table3.Report}, which is what comes out. A {@link corolla.cli.synthetic.ModelShape} is written as a checkpoint of
 * one random block ({@link corolla.cli.synthetic.SyntheticCheckpoint}); {@link corolla.cli.table3.LocalBench} runs it in this process, with and
 * without streaming its weights; {@link corolla.cli.table3.ProcessSwarm} runs it as real processes on a {@link corolla.cli.table3.TestNetwork}.
 * Pure are shape, limits, plan of memory, report and plot.
 */
@NullMarked
package corolla.cli.table3;

import org.jspecify.annotations.NullMarked;
