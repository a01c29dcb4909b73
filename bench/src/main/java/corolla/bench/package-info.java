/**
 * Measurements: programs with a main method, and JMH benchmarks. Each prints what it measured and on what. A number that goes into a
 * commit message or a document comes from here.
 */
@NullMarked
package corolla.bench;

import org.jspecify.annotations.NullMarked;
