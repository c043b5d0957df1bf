package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Every container has the directory /etc and a link to it, /cfg. */
final class FakeFiles implements ContainerFiles {
    @Override
    public Found find(ContainerId container, String path, boolean follow) throws Refused {
        require(path);
        boolean link = path.equals("/cfg") && !follow;
        return new Found(
                path.substring(1), link ? path : "/etc", link ? "symlink" : "directory", 0755, 0, Instant.EPOCH,
                link ? Optional.of("etc") : Optional.empty());
    }

    @Override
    public void read(ContainerId container, String path, boolean follow, OutputStream out) throws Refused, IOException {
        require(path);
        out.write(("tar of " + path).getBytes(StandardCharsets.UTF_8));
    }

    /** Takes "broken" for a tar that is, after its first file. */
    @Override
    public Copied write(ContainerId container, String path, boolean keepOwners, Path tar) throws Refused, IOException {
        require(path);
        boolean broken = Files.readString(tar).equals("broken");
        return new Copied("/etc", 1, Files.size(tar), broken ? Optional.of(new Refused(ErrorCode.INVALID, "the tar is damaged")) : Optional.empty());
    }

    private static void require(String path) throws Refused {
        if (!path.equals("/etc") && !path.equals("/cfg")) {
            throw new Refused(ErrorCode.NOT_FOUND, "there is no \"" + path + "\" in the container");
        }
    }
}
