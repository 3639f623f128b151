/**
 * @file Messages between the page and the kernel, and the values they carry: one typedef for each class of
 * `messages.py`, which documents the fields. A test compares the two.
 */

// Values

/** @typedef {{type: string, label: string, value?: string}} NoticeAction */

/**
 * @typedef {{
 *   kind: "error" | "warning" | "info" | "success",
 *   message: string,
 *   preserved?: string,
 *   hint?: string,
 *   field?: "" | "media_ids" | "token",
 *   actions?: NoticeAction[],
 * }} Notice
 */

/**
 * @typedef {{
 *   verdict: "ok" | "invalid" | "unverified",
 *   label: string,
 *   explanation: string,
 *   count: number,
 *   seconds?: number,
 *   media_ids?: string[],
 *   facts?: string,
 * }} LineResult
 */

/**
 * @typedef {{
 *   id: string,
 *   clip: string,
 *   key: string,
 *   media_id: string,
 *   model: string,
 *   severity: "running" | "waiting" | "success" | "danger" | "warning",
 *   label: string,
 *   statuses: string[],
 *   progress: "none" | "indeterminate" | "estimate" | "frames" | "bytes" | "complete",
 *   done: number,
 *   total: number,
 *   median: number,
 *   low: number,
 *   high: number,
 *   sample_size: number,
 *   created: number,
 *   elapsed: number,
 *   queued: number,
 *   is_active: boolean,
 *   detail: string,
 *   path: string,
 *   error: Notice | null,
 *   retry_in: number | null,
 *   actions: (
 *     | "show"
 *     | "resume"
 *     | "save"
 *     | "submit"
 *     | "submit_again"
 *     | "retry"
 *     | "detach"
 *     | "copy_path"
 *     | "copy"
 *   )[],
 * }} Row
 */

/**
 * @typedef {{
 *   total: number,
 *   done: number,
 *   stopped: number,
 *   per_minute: number | null,
 *   low: number | null,
 *   high: number | null,
 * }} Batch
 */

/**
 * @typedef {{
 *   next_poll: number | null,
 *   can_pause: boolean,
 *   is_paused: boolean,
 *   credits: number | null,
 *   batch: Batch | null,
 * }} TableSummary
 */

/** @typedef {{id: string, label: string, name: string}} PlayerFile */

/** @typedef {{frame: number, view: "side" | "wipe" | "result" | "flip" | "difference", serial: number}} Moment */

/**
 * @typedef {{
 *   job: string,
 *   clip: string,
 *   name: string,
 *   facts: string,
 *   width: number,
 *   height: number,
 *   frame_rate: number,
 *   files: PlayerFile[],
 *   moment?: Moment | null,
 * }} PlayerVideo
 */

// Messages from the page

/** @typedef {{type: "ready"}} Ready */

/**
 * @typedef {{
 *   type: "submit",
 *   media_ids: string,
 *   token: string,
 *   model: string,
 *   aspect_ratio: string,
 *   seed: string,
 *   method: string,
 *   serial: number,
 *   again?: boolean,
 * }} Submit
 */

/** @typedef {{type: "set_token", token: string, serial: number}} SetToken */
/** @typedef {{type: "use_sandbox_token", serial: number}} UseSandboxToken */
/** @typedef {{type: "validate", lines: string[]}} Validate */
/** @typedef {{type: "extract", text: string}} Extract */
/** @typedef {{type: "switch_service", name: string, serial: number}} SwitchService */
/** @typedef {{type: "resume_unfinished", serial: number}} ResumeUnfinished */
/** @typedef {{type: "dismiss_unfinished", serial: number}} DismissUnfinished */
/** @typedef {{type: "upload_chunk", upload: string, name: string, total: number, offset: number}} UploadChunk */
/** @typedef {{type: "upload_failed", name: string}} UploadFailed */
/** @typedef {{type: "show", id: string}} Show */
/** @typedef {{type: "detach", id: string}} Detach */
/** @typedef {{type: "resume", id: string}} Resume */
/** @typedef {{type: "retry", ids: string[]}} Retry */
/** @typedef {{type: "retry_now"}} RetryNow */
/** @typedef {{type: "clear", ids: string[]}} Clear */
/** @typedef {{type: "save_table"}} SaveTable */
/** @typedef {{type: "save_results", id: string}} SaveResults */
/** @typedef {{type: "results_saved", id: string}} ResultsSaved */
/** @typedef {{type: "pause"}} Pause */
/** @typedef {{type: "unpause"}} Unpause */
/** @typedef {{type: "request_pictures", names: string[]}} RequestPictures */
/** @typedef {{type: "close_player"}} ClosePlayer */
/**
 * @typedef {{
 *   type: "request_link",
 *   job: string,
 *   file: string,
 *   frame: number,
 *   view: "side" | "wipe" | "result" | "flip" | "difference",
 * }} RequestLink
 */

/** @typedef {{type: "request_chunk", job: string, file: string, offset: number}} RequestChunk */
/** @typedef {{type: "received_chunk", job: string, file: string, offset: number}} ReceivedChunk */

/**
 * @typedef {(
 *   | Ready
 *   | Submit
 *   | SetToken
 *   | UseSandboxToken
 *   | Validate
 *   | Extract
 *   | SwitchService
 *   | ResumeUnfinished
 *   | DismissUnfinished
 *   | UploadChunk
 *   | UploadFailed
 *   | Show
 *   | Detach
 *   | Resume
 *   | Retry
 *   | RetryNow
 *   | Clear
 *   | SaveTable
 *   | SaveResults
 *   | ResultsSaved
 *   | Pause
 *   | Unpause
 *   | RequestPictures
 *   | ClosePlayer
 *   | RequestLink
 *   | RequestChunk
 *   | ReceivedChunk
 * )} PageMessage
 */

// Messages from the kernel

/** @typedef {{type: "connected"}} Connected */
/** @typedef {{type: "ack", serial?: number}} Ack */
/** @typedef {{type: "validation", results: Record<string, LineResult>}} Validation */
/** @typedef {{type: "extracted", text: string, ids: string[]}} Extracted */
/** @typedef {{type: "upload_received", upload: string, offset: number}} UploadReceived */
/** @typedef {{type: "upload_refused", upload: string}} UploadRefused */
/** @typedef {{type: "rows", rows: Row[], summary: TableSummary | null}} Rows */
/** @typedef {{type: "rows_removed", ids: string[]}} RowsRemoved */
/** @typedef {{type: "table_file", name: string}} TableFile */
/** @typedef {{type: "results_file", id: string, name: string, remark: string}} ResultsFile */
/** @typedef {{type: "pictures", names: string[]}} Pictures */
/** @typedef {{type: "reveal_player"}} RevealPlayer */
/** @typedef {{type: "link", text: string}} Link */
/** @typedef {{type: "chunk", job: string, file: string, offset: number, total: number}} Chunk */
/** @typedef {{type: "chunk_missing", job: string, file: string, offset: number, notice: Notice}} ChunkMissing */

/**
 * @typedef {(
 *   | Connected
 *   | Ack
 *   | Validation
 *   | Extracted
 *   | UploadReceived
 *   | UploadRefused
 *   | Rows
 *   | RowsRemoved
 *   | TableFile
 *   | ResultsFile
 *   | Pictures
 *   | RevealPlayer
 *   | Link
 *   | Chunk
 *   | ChunkMissing
 * )} KernelMessage
 */

export {};
