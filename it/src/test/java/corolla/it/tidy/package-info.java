/**
 * The rules of the house that no compiler knows, checked on our own sources. {@code TidyTest} runs them over the whole tree; {@code
 * RulesTest} shows for each rule a small wrong source that it finds, and a right one that it leaves alone.
 */
@NullMarked
package corolla.it.tidy;

import org.jspecify.annotations.NullMarked;
