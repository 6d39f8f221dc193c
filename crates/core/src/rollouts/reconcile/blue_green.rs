//! A blue-green update's reconcile, in upstream's order.

use super::{
    context::Context,
    pause::{BLUE_GREEN_PAUSE, condition},
    scaling::{actual, available, is_saturated},
    selector,
    services::selected,
};
use crate::rollouts::{
    objects::Outcome,
    spec::{POD_TEMPLATE_HASH, RolloutStatus, Text},
};

impl Context<'_> {
    /// `getPreviewAndActiveServices`: both must exist.
    pub(crate) fn expect_services(&self) -> Outcome {
        let Some(strategy) = self.rollout.blue_green() else { return Ok(()) };
        if !strategy.preview_service.is_empty() {
            self.expect_service(&strategy.preview_service)?;
        }
        self.expect_service(&strategy.active_service).map(|_| ())
    }

    /// `rolloutBlueGreen`.
    pub(crate) fn roll_out_blue_green(&mut self) -> Outcome {
        let Some(strategy) = self.rollout.blue_green() else { return Ok(()) };
        let (preview, active) = (strategy.preview_service.clone(), strategy.active_service.clone());
        self.expect_services()?;
        self.sync_revision()
            .map_err(|failure| failure.within("failed to getAllReplicaSetsAndSyncRevision in rolloutBlueGreen create true"))?;
        if !preview.is_empty() && !self.halted() {
            let hash = self.new_hash().to_owned();
            self.switch_service(&preview, &hash)?;
        }
        if self.pod_spec_changed() {
            return self.sync_blue_green_status(&preview, &active);
        }
        self.restart_pods()?;
        self.reconcile_blue_green_sets(&active)?;
        self.reconcile_blue_green_pause(&active);
        self.reconcile_active_service(&active)?;
        self.reconcile_analysis_runs()?;
        self.reconcile_ephemeral_metadata()?;
        self.sync_blue_green_status(&preview, &active)
    }

    /// `reconcileBlueGreenReplicaSets`.
    pub(crate) fn reconcile_blue_green_sets(&mut self, _active: &str) -> Outcome {
        self.remove_deadlines();
        if let Some(stable) = self.stable.clone() {
            let replicas = self.rollout.replicas();
            self.scale(&stable, replicas)
                .map_err(|failure| failure.within("failed to scaleReplicaSetAndRecordEvent in reconcileBlueGreenStableReplicaSet"))?;
        }
        self.reconcile_new_set()?;
        self.reconcile_other_sets();
        self.reconcile_revision_history();
        Ok(())
    }

    /// `isBlueGreenFastTracked`.
    fn fast_tracked(&self, active: &str) -> bool {
        let selector = self.service(active).and_then(|service| service.spec.selector.get(POD_TEMPLATE_HASH));
        self.rolls_back_fast() || self.rollout.status.promote_full || selector.is_none_or(|hash| hash == self.new_hash())
    }

    /// `reconcileBlueGreenPause`.
    fn reconcile_blue_green_pause(&mut self, active: &str) {
        let Some(strategy) = self.rollout.blue_green() else { return };
        let seconds = strategy.auto_promotion_seconds;
        let pauses = strategy.auto_promotion_enabled == Some(false) || seconds > 0;
        if self.rollout.status.abort || !self.ready_for_pause() || self.halted() {
            return;
        }
        if self.fast_tracked(active) || self.rollout.status.blue_green.scale_up_preview_check_point || !pauses {
            self.pause.remove(BLUE_GREEN_PAUSE);
            return;
        }
        if !self.completed_pre_promotion_analysis() {
            return;
        }
        match condition(&self.rollout, BLUE_GREEN_PAUSE).map(|condition| condition.start_time) {
            Some(_) if self.completed_blue_green_pause() => self.pause.remove(BLUE_GREEN_PAUSE),
            Some(start) if seconds > 0 => self.wake_after(start, seconds),
            Some(_) => {}
            None if !self.rollout.status.controller_pause => self.pause.add(BLUE_GREEN_PAUSE),
            None => {}
        }
    }

    /// `reconcileActiveService`: the switch, once the new pods are all there.
    fn reconcile_active_service(&mut self, active: &str) -> Outcome {
        if self.halted() || !self.ready_for_pause() || !is_saturated(&self.rollout, self.new.as_deref()) {
            return Ok(());
        }
        let mut hash = Text::from(selected(self.expect_service(active)?));
        if self.fast_tracked(active) || (self.completed_blue_green_pause() && self.completed_pre_promotion_analysis()) {
            hash = self.new_hash().into();
        }
        if self.rollout.status.abort {
            hash.clone_from(&self.rollout.status.stable_rs);
        }
        self.switch_service(active, &hash)
    }

    /// `syncRolloutStatusBlueGreen`.
    fn sync_blue_green_status(&mut self, preview: &str, active: &str) -> Outcome {
        let mut status = self.base_status();
        status.stable_rs.clone_from(&self.rollout.status.stable_rs);
        if self.pod_spec_changed() {
            self.reset_status(&mut status);
        }
        if self.rollout.status.promote_full || self.rolls_back_within_window() {
            self.pause.clear = true;
            self.pause.remove_abort = true;
        }
        status.blue_green.preview_selector = self.service(preview).map_or("", selected).into();
        status.blue_green.active_selector = self.service(active).map_or("", selected).into();
        match self.full_promotion(&status) {
            Some(reason) => self.promote_stable(&mut status, &reason)?,
            None => status.blue_green.scale_up_preview_check_point = self.preview_check_point(),
        }
        match self.set_of_hash(&status.blue_green.active_selector) {
            Some(active) => {
                status.hpa_replicas = active.status.replicas;
                status.selector = selector::format(active.spec.selector.as_ref());
                status.available_replicas = active.status.available_replicas;
                status.ready_replicas = active.status.ready_replicas;
            }
            None => self.account_for_all(&mut status),
        }
        self.persist(status);
        Ok(())
    }

    fn account_for_all(&self, status: &mut RolloutStatus) {
        status.hpa_replicas = actual(&self.all);
        status.selector = selector::format(self.rollout.spec.selector.as_ref());
        status.available_replicas = available(&self.all);
    }

    /// `calculateScaleUpPreviewCheckPoint`: set once the preview was accepted, kept until promotion.
    fn preview_check_point(&self) -> bool {
        let Some(preview) = self.rollout.blue_green().and_then(|strategy| strategy.preview_replica_count) else { return false };
        if self.rollout.status.blue_green.scale_up_preview_check_point {
            return true;
        }
        self.completed_pre_promotion_analysis()
            && self.completed_blue_green_pause()
            && self.new.as_ref().map_or(0, |set| set.status.available_replicas) == preview
    }
}
