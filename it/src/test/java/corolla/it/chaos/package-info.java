/**
 * A swarm of real processes that is harmed while it answers: {@code tools/chaos.sh}. Start reading at {@link corolla.it.chaos.Chaos}; what the
 * figures mean says {@link corolla.it.chaos.Timeline}.
 */
@org.jspecify.annotations.NullMarked
package corolla.it.chaos;
