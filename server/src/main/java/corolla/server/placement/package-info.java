/**
 * Which blocks a server takes, and when it leaves them for others: {@link corolla.server.placement.BlockPlacement} and {@link
 * corolla.server.placement.MovePlanner} decide on a {@link corolla.server.placement.Placement}. All pure; docs/placement.md tells the rule.
 */
@NullMarked
package corolla.server.placement;

import org.jspecify.annotations.NullMarked;
