/**
 * @file The traits of the panel, which `view.py` documents. A test compares their names.
 *
 * @import { Notice, PlayerVideo, Row } from "./messages.js"
 */

/** @typedef {{key: string, label: string, resolution: string, credits: number, aspects: string[]}} ModelOption */
/** @typedef {{media_id: string, label: string}} SampleClip */
/** @typedef {{name: string, label: string}} ServiceOption */
/** @typedef {{name: string, label: string, rate: number}} MethodOption */

/**
 * @typedef {{
 *   label: string,
 *   detail: string,
 *   is_sandbox: boolean,
 *   caution: string,
 *   others: ServiceOption[],
 * }} ServiceInfo
 */

/** @typedef {{is_set: boolean, origin: string, can_reset: boolean}} TokenStatus */

/**
 * @typedef {{
 *   media_ids: string,
 *   model: string,
 *   aspect_ratio: string,
 *   seed: string,
 *   method: string,
 *   methods: MethodOption[],
 *   models: ModelOption[],
 *   clips: SampleClip[],
 *   service_info: ServiceInfo,
 *   token_status: TokenStatus,
 *   notice: Partial<Notice>,
 *   fallback_class: string,
 *   rows: Row[],
 *   video: Partial<PlayerVideo>,
 * }} Traits
 */

export {};
