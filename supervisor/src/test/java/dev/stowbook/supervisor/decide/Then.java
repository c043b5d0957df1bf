package dev.stowbook.supervisor.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.model.ErrorCode;
import java.util.Arrays;
import java.util.List;

/** What a command came to. */
record Then(Book book, Decision decision) {

    /** Granted with exactly these events, in this order. */
    @SafeVarargs
    final Then then(Class<? extends Event>... kinds) {
        assertEquals(
                Arrays.stream(kinds).map(Class::getSimpleName).toList(),
                events().stream().map(event -> event.getClass().getSimpleName()).toList());
        return this;
    }

    /** Refused with that code and a message with those words; the book is as it was. */
    Then refused(ErrorCode code, String words) {
        if (!(decision instanceof Decision.Rejected rejected)) {
            throw new AssertionError("granted: " + decision);
        }
        assertEquals(code, rejected.code());
        assertTrue(rejected.message().contains(words), rejected.message());
        return this;
    }

    List<Event> events() {
        return accepted().events();
    }

    Answer answer() {
        return accepted().answer();
    }

    /** Whether whoever asked would be told by now. */
    boolean answered() {
        return accepted().await().holds(book.state());
    }

    private Decision.Accepted accepted() {
        if (decision instanceof Decision.Accepted accepted) {
            return accepted;
        }
        throw new AssertionError("refused: " + decision);
    }

    /** The only event of a kind. */
    <E extends Event> E one(Class<E> kind) {
        List<E> found = events().stream().filter(kind::isInstance).map(kind::cast).toList();
        assertEquals(1, found.size(), () -> kind.getSimpleName() + " in " + events());
        return found.getFirst();
    }
}
