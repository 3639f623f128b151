/** @import { Row } from "../../../vfx_widgets/widgets/shared/messages.js" */

/**
 * @param {Partial<Row>} changes
 * @returns {Row} A running job, with these fields in place of its own.
 */
export function makeRow(changes) {
  return {
    id: "job-1",
    clip: "night harbour",
    key: "8fbcdbe6…",
    media_id: "CAUSJ",
    model: "1080p",
    severity: "running",
    label: "Running",
    statuses: ["PENDING", "ACTIVE"],
    progress: "estimate",
    done: 0,
    total: 0,
    median: 20,
    low: 10,
    high: 30,
    sample_size: 3,
    created: 0,
    elapsed: 5,
    queued: 0,
    is_active: true,
    detail: "",
    path: "",
    error: null,
    retry_in: null,
    actions: ["detach", "copy"],
    ...changes,
  };
}
