package dev.stowbook.linux.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NftablesTest {
    private Fd namespace;
    private Nftables nft;

    @BeforeEach
    void open() throws LinuxException {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        namespace = NetworkNamespace.create();
        nft = NetworkNamespace.call(namespace.number(), Nftables::open);
    }

    @AfterEach
    void close() {
        nft.close();
        nft.close();
        namespace.close();
    }

    @Test
    void rulesLieInTheNamespaceThatWasOpened() throws Exception {
        nft.run("add table inet stowbook_test_here");
        assertEquals("table inet stowbook_test_here\n", nft.run("list tables"));
        try (Nftables own = Nftables.open()) {
            assertFalse(own.run("list tables").contains("stowbook_test_here"));
        }
        try (Nftables again = NetworkNamespace.call(namespace.number(), Nftables::open)) {
            assertEquals("table inet stowbook_test_here\n", again.run("list tables"), "another context sees it too");
        }
    }

    @Test
    void commandsOfOneRunTakeEffectTogetherOrNotAtAll() throws Exception {
        NftablesException refusal = assertThrows(
                NftablesException.class, () -> nft.run("add table inet one\nadd rule inet one nowhere accept\n"));
        assertTrue(refusal.getMessage().contains("nowhere"), refusal.getMessage());
        assertFalse(refusal.libraryMissing());
        assertEquals("", nft.run("list tables"));
        assertThrows(NftablesException.class, () -> nft.run("this is no command"));
        nft.run("add table inet one\nadd chain inet one there\nadd rule inet one there accept\n");
        assertTrue(nft.run("list table inet one").contains("accept"));
    }

    @Test
    void threadsShareOneContext() throws Exception {
        nft.run("add table inet one\nadd set inet one numbers { type inet_service; }\n");
        try (ExecutorService workers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> runs = new ArrayList<>();
            for (int i = 1; i <= 60; i++) {
                String command = "add element inet one numbers { " + i + " }";
                runs.add(workers.submit(() -> nft.run(command)));
            }
            for (Future<String> run : runs) {
                assertEquals("", run.get(), "no thread sees another's output");
            }
        }
        String listed = nft.run("list set inet one numbers");
        assertEquals(60, listed.substring(listed.indexOf('=')).split(",").length, listed);
    }

    @Test
    void aMissingLibraryIsOneSentenceThatNamesThePackage() {
        NftablesException missing =
                assertThrows(NftablesException.class, () -> LibNftables.open("libnftables-not-here.so.1"));
        assertTrue(missing.libraryMissing());
        assertEquals(
                "libnftables-not-here.so.1 is missing on this host: install it with `apt-get install libnftables1`",
                missing.getMessage());
    }
}
