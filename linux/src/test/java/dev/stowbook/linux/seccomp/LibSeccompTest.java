package dev.stowbook.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Native;
import dev.stowbook.linux.Errno;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LibSeccompTest {
    @Test
    void aMissingLibraryIsOneSentenceThatNamesTheDebianPackage() {
        var missing = assertThrows(SeccompException.class, () -> LibSeccomp.load("libseccomp.so.99"));
        assertEquals(
                "libseccomp.so.99 is missing, and containers need it for their seccomp filter: apt-get install libseccomp2.",
                missing.getMessage());
    }

    @Test
    void aRuleThatTheLibraryRefusesIsNamed() {
        NativeSeccomp real = Native.load(LibSeccomp.LIBRARY, NativeSeccomp.class);
        var faulty = (NativeSeccomp) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {NativeSeccomp.class},
                (proxy, method, arguments) -> method.getName().equals("seccomp_rule_add_array") ? (Object) (-Errno.EINVAL) : method.invoke(real, arguments));
        var profile = new SeccompProfile(SeccompAction.ALLOW, List.of(SeccompArch.ofThisMachine()),
                List.of(rule(SeccompAction.errno(1))), Set.of("mount"));
        var refused = assertThrows(SeccompException.class, () -> new LibSeccomp(faulty).compile(profile));
        assertEquals(
                "libseccomp refuses the rule SeccompAction[kind=ERRNO, errno=1] for mount []: EINVAL.", refused.getMessage());
    }

    @Test
    void theSameProfileGivesTheSameBytesAndUnknownNamesArePassedOver() throws SeccompException {
        var profile = new SeccompProfile(SeccompAction.errno(1), List.of(SeccompArch.X86_64, SeccompArch.X86, SeccompArch.X32),
                List.of(new SeccompRule(List.of("read", "of_the_future"), SeccompAction.ALLOW, List.of())), Set.of("read", "of_the_future"));
        byte[] filter = LibSeccomp.load().compile(profile);
        assertEquals(0, filter.length % 8);
        assertArrayEquals(filter, LibSeccomp.load().compile(profile));
    }

    private static SeccompRule rule(SeccompAction action) {
        return new SeccompRule(List.of("mount"), action, List.of());
    }
}
