package dev.stowbook.linux.file;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.util.List;
import java.util.Optional;

/**
 * The file system calls that layers are made with. One method is one system call (a few retry it where the man page says so), so a
 * test can put a fault between any two.
 *
 * <p>Paths are raw ({@link RawPath}), relative to a directory descriptor or {@link dev.stowbook.linux.LibC#AT_FDCWD}. No method
 * follows a symbolic link in the last component. All may be called on any thread; they block as the disk does. Every failure is a
 * {@link LinuxException} with errno, call and path.
 */
public interface FileCalls {
    /** openat2(2): no step may leave the directory; absolute links and {@code ..} above it fail with EXDEV. */
    long RESOLVE_BENEATH = 0x08;
    /** openat2(2): the directory is the root for absolute links and {@code ..}. */
    long RESOLVE_IN_ROOT = 0x10;
    /** openat2(2): any symbolic link on the way fails with ELOOP. */
    long RESOLVE_NO_SYMLINKS = 0x04;
    /** openat2(2): links of procfs such as {@code /proc/self/fd/1} fail with ELOOP. */
    long RESOLVE_NO_MAGICLINKS = 0x02;
    /** openat2(2): crossing into another mount fails with EXDEV. */
    long RESOLVE_NO_XDEV = 0x01;
    /** rename(2): fails with EEXIST instead of replacing. */
    int RENAME_NOREPLACE = 1;
    /** rename(2): swaps both names in one step. */
    int RENAME_EXCHANGE = 2;

    /** The calls of this host. */
    static FileCalls linux() {
        return LinuxFileCalls.INSTANCE;
    }

    /** openat2(2), since Linux 5.6, O_CLOEXEC and O_NOFOLLOW added. */
    Fd open(int dirFd, String path, int flags, int mode, long resolve) throws LinuxException;

    /** read(2); the count, 0 at the end. */
    int read(int fd, byte[] buffer, int count) throws LinuxException;

    /** write(2), repeated until all of it is written. */
    void write(int fd, byte[] buffer, int count) throws LinuxException;

    /** mkdirat(2); the umask applies. */
    void mkdir(int dirFd, String path, int mode) throws LinuxException;

    /** mknodat(2); {@code mode} holds the type bits. */
    void mknod(int dirFd, String path, int mode, int major, int minor) throws LinuxException;

    /** symlinkat(2). */
    void symlink(String target, int dirFd, String path) throws LinuxException;

    /** linkat(2). */
    void link(int oldDirFd, String oldPath, int newDirFd, String newPath) throws LinuxException;

    /** linkat(2) of an open file, which gives one without a name (O_TMPFILE) its first; by procfs, so no capability is needed. */
    void link(int fd, int newDirFd, String newPath) throws LinuxException;

    /** unlinkat(2) of anything but a directory. */
    void unlink(int dirFd, String path) throws LinuxException;

    /** unlinkat(2) of an empty directory. */
    void rmdir(int dirFd, String path) throws LinuxException;

    /** renameat2(2). */
    void rename(int oldDirFd, String oldPath, int newDirFd, String newPath, int flags) throws LinuxException;

    /** fchownat(2); clears setuid bits and file capabilities, so call it before chmod and setxattr. */
    void chown(int dirFd, String path, int uid, int gid) throws LinuxException;

    /** As {@link #chown(int, String, int, int)}, of an open file. */
    void chown(int fd, int uid, int gid) throws LinuxException;

    /** fchmodat(2); follows a link, so the caller must know that there is none. */
    void chmod(int dirFd, String path, int permissions) throws LinuxException;

    /** fchmod(2). */
    void chmod(int fd, int permissions) throws LinuxException;

    /** utimensat(2): access and modification time. */
    void setTimes(int dirFd, String path, long seconds, int nanos) throws LinuxException;

    /** futimens(3): access and modification time of an open file. */
    void setTimes(int fd, long seconds, int nanos) throws LinuxException;

    /** statx(2). */
    FileStatus status(int dirFd, String path) throws LinuxException;

    /** statx(2) of an open file. */
    FileStatus status(int fd) throws LinuxException;

    /** As {@link #status(int, String)}; empty if there is no such file (ENOENT, ENOTDIR). */
    Optional<FileStatus> statusIfPresent(int dirFd, String path) throws LinuxException;

    /** readlinkat(2). */
    String readLink(int dirFd, String path) throws LinuxException;

    /** getdents64(2) to the end; {@code .} and {@code ..} left out, sorted by bytes. */
    List<String> names(int dirFd) throws LinuxException;

    /** fsetxattr(2). */
    void setXattr(int fd, String name, byte[] value) throws LinuxException;

    /** lsetxattr(2). */
    void setXattr(int dirFd, String path, String name, byte[] value) throws LinuxException;

    /** lgetxattr(2); empty for ENODATA and where the file system has none. An empty path is the directory itself. */
    Optional<byte[]> xattr(int dirFd, String path, String name) throws LinuxException;

    /** llistxattr(2), sorted. An empty path is the directory itself. */
    List<String> xattrNames(int dirFd, String path) throws LinuxException;

    /** fgetxattr(2), of a file open for reading; empty for ENODATA and where the file system has none. */
    Optional<byte[]> xattr(int fd, String name) throws LinuxException;

    /** flistxattr(2), of a file open for reading; sorted. */
    List<String> xattrNames(int fd) throws LinuxException;

    /** lremovexattr(2). */
    void removeXattr(int dirFd, String path, String name) throws LinuxException;

    /** ftruncate(2). */
    void truncate(int fd, long lengthBytes) throws LinuxException;

    /** lseek(2) from the start. */
    void seek(int fd, long offsetBytes) throws LinuxException;

    /** Where the next data begins at or after an offset (lseek(2), SEEK_DATA); empty if only a hole follows. */
    Optional<Long> nextData(int fd, long offsetBytes) throws LinuxException;

    /** Where the next hole begins at or after an offset (lseek(2), SEEK_HOLE). */
    long nextHole(int fd, long offsetBytes) throws LinuxException;

    /** ioctl_ficlone(2): shares all data of one file with another; false where the file system cannot. */
    boolean cloneData(int fromFd, int toFd) throws LinuxException;

    /**
     * copy_file_range(2) at both files' positions, or sendfile(2) where these are of two file systems, overlay and what it lies on among them, which
     * the former refuses since Linux 5.19; how many bytes it copied, 0 at the end.
     */
    long copyRange(int fromFd, int toFd, long count) throws LinuxException;

    /** fsync(2): of a file its data, of a directory its names. */
    void fsync(int fd) throws LinuxException;

    /** syncfs(2): everything of the file system that the descriptor lies in. */
    void syncFileSystem(int fd) throws LinuxException;

    /** fstatfs(2): the type's magic number (linux/magic.h). */
    long fileSystemMagic(int fd) throws LinuxException;
}
