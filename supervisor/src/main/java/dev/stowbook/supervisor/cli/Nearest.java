package dev.stowbook.supervisor.cli;

import java.util.List;
import java.util.Optional;

/** The word that somebody may have meant. */
final class Nearest {
    private Nearest() {}

    /** The word that is the fewest slips away, if those are few for its length: a letter more, less, another, or two in each other's place. */
    static Optional<String> to(String typed, List<String> words) {
        String best = null;
        int fewest = 1 + typed.length() / 4;
        for (String word : words) {
            int slips = slips(typed, word);
            if (slips < fewest || best == null && slips == fewest) {
                best = word;
                fewest = slips;
            }
        }
        return Optional.ofNullable(best);
    }

    /** Optimal string alignment: Levenshtein's distance with transpositions. */
    private static int slips(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int other = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + other, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
