package corolla.base.compute;

/** The only member of its team. Stateless. */
enum AloneMember implements Member {
    INSTANCE;

    @Override
    public int index() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void barrier() {
        // Nobody else to wait for.
    }
}
