package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Catalogue;
import java.util.List;

/** Decides what is asked of registries, and what came of it. */
final class TransferDecider {
    private TransferDecider() {}

    static Decision pull(Draft draft, ImageCommand.PullImage command) {
        Naming.refuseRejected(draft, command.reference());
        long sequence = draft.nextSequence();
        draft.emit(new TransferEvent.PullStarted(command.reference(), command.platform(), command.manifest()));
        return draft.accepted(new Answer.Transfer(sequence), new Await.Entry());
    }

    static Decision push(Draft draft, ImageCommand.PushImage command) {
        StoredImage image = Images.find(draft.state(), command.reference())
                .orElseThrow(() -> Draft.reject(ErrorCode.NOT_FOUND, "there is no image " + command.reference()
                        + "; give one that name first (stowbook image tag)"));
        long sequence = draft.nextSequence();
        draft.emit(new TransferEvent.PushStarted(command.reference(), image.id()));
        return draft.accepted(new Answer.Transfer(sequence), new Await.Entry());
    }

    /** News of a transfer that is over is no news. */
    static void report(Draft draft, TransferEvent news, List<KnownBlob> blobs) {
        boolean current = switch (news) {
            case TransferEvent.ManifestResolved e -> isUnderWay(draft, e.transfer(), false);
            case TransferEvent.SignaturesVerified e -> isUnderWay(draft, e.transfer(), false);
            case TransferEvent.LayerPulled e -> isUnderWay(draft, e.transfer(), false);
            case TransferEvent.PullFailed e -> isUnderWay(draft, e.transfer(), false);
            case TransferEvent.ImagePushed e -> isUnderWay(draft, e.transfer(), true);
            case TransferEvent.PushFailed e -> isUnderWay(draft, e.transfer(), true);
            case TransferEvent.PullStarted e -> false;
            case TransferEvent.PushStarted e -> false;
            case TransferEvent.ImagePulled e -> false;
        };
        if (current) {
            ImageDecider.learn(draft, blobs);
            draft.emit(news);
        }
    }

    /** The image is entered with the outcome, in one entry: there is no moment in which one is without the other. */
    static void pulled(Draft draft, Report.ReportPulled report) {
        TransferEvent.ImagePulled outcome = report.outcome();
        if (isUnderWay(draft, outcome.transfer(), false)) {
            ImageDecider.enter(draft, report.arrival());
            draft.emit(outcome);
        }
    }

    private static boolean isUnderWay(Draft draft, long sequence, boolean push) {
        Catalogue.Transfer transfer = draft.state().catalogue().transfers().get(sequence);
        return transfer != null && transfer.push() == push;
    }
}
