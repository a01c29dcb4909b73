package corolla.cli.table3;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * What a user-space network needs of Linux: network namespaces, TUN devices and waits of microseconds. Linux's own numbers, the same on x86-64
 * and AArch64. The first use throws a {@link LinkageError} where native access is forbidden. Confined to one thread, whose namespace it changes.
 */
@SuppressWarnings("restricted") // functions of libc
final class LinuxCalls implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final long TUNSETIFF = 0x400454caL;
    private static final short IFF_TUN_WITHOUT_HEADER = 0x1001;
    private static final int INTERFACE_NAME_BYTES = 16;
    private static final int INTERFACE_REQUEST_BYTES = 40;
    private static final int INTERRUPTED = 4;
    private static final short POLLIN = 1;
    private static final long POLL_BYTES = 8;
    private static final long POLL_EVENTS = 4;
    private static final long POLL_RETURNED = 6;
    private static final int PRIO_PROCESS = 0;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = function("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE = function("close", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            function("read", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            function("write", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle IOCTL =
            function("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle SETNS =
            function("setns", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle PPOLL =
            function("ppoll", -1, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle SETPRIORITY =
            function("setpriority", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(CAPTURED);
    private final MemorySegment time = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());

    private static MethodHandle function(String name, int firstVariadic, FunctionDescriptor descriptor) {
        MemorySegment address = LINKER.defaultLookup().find(name).orElseThrow();
        Linker.Option errno = Linker.Option.captureCallState("errno");
        return firstVariadic < 0
                ? LINKER.downcallHandle(address, descriptor, errno)
                : LINKER.downcallHandle(address, descriptor, errno, Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** Makes the device {@code name} in the namespace of a file, and comes back; the result is the device's own file. */
    int openTun(String namespaceFile, String name) throws IOException {
        int here = open("/proc/thread-self/ns/net", 0);
        try {
            enter(namespaceFile);
            try {
                return attach(name);
            } finally {
                check(setns(here), "setns", "the process's own namespace");
            }
        } finally {
            close(here);
        }
    }

    private void enter(String namespaceFile) throws IOException {
        int there = open(namespaceFile, 0);
        try {
            check(setns(there), "setns", namespaceFile);
        } finally {
            close(there);
        }
    }

    private int attach(String name) throws IOException {
        int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
        MemorySegment request = arena.allocate(INTERFACE_REQUEST_BYTES, JAVA_LONG.byteAlignment());
        request.setString(0, name);
        request.set(JAVA_SHORT, INTERFACE_NAME_BYTES, IFF_TUN_WITHOUT_HEADER);
        try {
            check((int) IOCTL.invokeExact(state, tun, TUNSETIFF, request), "ioctl TUNSETIFF", name);
            return tun;
        } catch (IOException failed) {
            close(tun);
            throw failed;
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("ioctl failed", impossible);
        }
    }

    private int open(String path, int flags) throws IOException {
        try (Arena passing = Arena.ofConfined()) {
            int file = (int) OPEN.invokeExact(state, passing.allocateFrom(path), flags);
            check(file, "open", path);
            return file;
        } catch (IOException failed) {
            throw failed;
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("open failed", impossible);
        }
    }

    private int setns(int file) {
        try {
            return (int) SETNS.invokeExact(state, file, CLONE_NEWNET);
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("setns failed", impossible);
        }
    }

    private void check(int result, String call, String what) throws IOException {
        if (result < 0) {
            throw new IOException(call + " " + what + ": error " + (int) ERRNO.get(state, 0L));
        }
    }

    /** Reads without waiting; negative when there is nothing. */
    int read(int file, MemorySegment into) {
        try {
            return (int) (long) READ.invokeExact(state, file, into, into.byteSize());
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("read failed", impossible);
        }
    }

    /** Writes without waiting; false when the system does not take it. */
    boolean write(int file, MemorySegment from) {
        try {
            return (long) WRITE.invokeExact(state, file, from, from.byteSize()) == from.byteSize();
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("write failed", impossible);
        }
    }

    void close(int file) {
        try {
            int ignored = (int) CLOSE.invokeExact(state, file);
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("close failed", impossible);
        }
    }

    /** A list of files for {@link #await}. */
    MemorySegment pollList(int[] files) {
        MemorySegment list = arena.allocate(files.length * POLL_BYTES, JAVA_LONG.byteAlignment());
        for (int i = 0; i < files.length; i++) {
            list.set(JAVA_INT, i * POLL_BYTES, files[i]);
            list.set(JAVA_SHORT, i * POLL_BYTES + POLL_EVENTS, POLLIN);
        }
        return list;
    }

    /** Waits until one of the files can be read, or {@code nanos} are over. */
    void await(MemorySegment pollList, long nanos) throws IOException {
        time.setAtIndex(JAVA_LONG, 0, nanos / NANOS_PER_SECOND);
        time.setAtIndex(JAVA_LONG, 1, nanos % NANOS_PER_SECOND);
        try {
            int ready = (int)
                    PPOLL.invokeExact(state, pollList, pollList.byteSize() / POLL_BYTES, time, MemorySegment.NULL);
            if (ready < 0 && (int) ERRNO.get(state, 0L) != INTERRUPTED) {
                check(ready, "ppoll", pollList.byteSize() / POLL_BYTES + " files");
            }
        } catch (IOException failed) {
            throw failed;
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("ppoll failed", impossible);
        }
    }

    /** Whether the n-th file of the list can be read, as {@link #await} has found. */
    static boolean isReady(MemorySegment pollList, int index) {
        return pollList.get(JAVA_SHORT, index * POLL_BYTES + POLL_RETURNED) != 0;
    }

    /** Puts this thread before others, as {@code nice} does; a wish. */
    void hurry() {
        try {
            int ignored = (int) SETPRIORITY.invokeExact(state, PRIO_PROCESS, 0, -10);
        } catch (Throwable impossible) { // the function throws nothing
            throw new IllegalStateException("setpriority failed", impossible);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
