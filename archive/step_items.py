"""Steps of enforcement that recording lists speak of 音像记录事项 (R5, R6): one vocabulary for all plans."""

STEP_ITEMS = (
    "seizure", "demolition", "coercion", "evidence_preservation", "personal_liberty", "life_health", "major_property",
    "premises", "on_site_enforcement", "on_site_inspection", "random_check", "investigation", "hearing", "service",
    "service_by_leaving", "service_by_notice")
"""查封扣押, 强制拆除, 行政强制, 证据保全, acts on 人身自由, 生命健康, 重大财产权益, premises 场所, 现场执法,
现场检查, 随机抽查, 调查取证, 听证, 送达, 留置送达, 公告送达. A code is never given another sense: leaves hold it."""
