package corolla.cli;

/** When a server lets itself be reached through relays. */
enum UseRelay {
    /** When others say that they cannot dial it. */
    AUTO,
    ALWAYS,
    NEVER
}
