package corolla.it.sim;

/** How a simulated node is reached. */
enum Reach {
    /** Others dial it. */
    OPEN,
    /** Others dial it, and it carries connections to those that cannot be dialed. */
    RELAY,
    /** Behind a router that drops who dials: others come through relays, where it keeps slots. */
    BEHIND_ROUTER,
    /** It only dials: a client. */
    NONE
}
