/**
 * Why a file was let in or not (a rule by the name it had then), and what an offer was for. A rule that let an item in
 * stands in its own columns, as `accepted_by` knows none.
 */
export const decisions = `
ALTER TABLE items ADD COLUMN rule_id TEXT;
ALTER TABLE items ADD COLUMN rule_name TEXT;

ALTER TABLE offers ADD COLUMN service TEXT;
ALTER TABLE offers ADD COLUMN application TEXT;
ALTER TABLE offers ADD COLUMN session TEXT;
ALTER TABLE offers ADD COLUMN push TEXT CHECK (push IN ('generic', 'trusted', 'selective'));

ALTER TABLE offer_files ADD COLUMN decided_by TEXT CHECK (decided_by IN ('person', 'rule', 'setting', 'trust'));
ALTER TABLE offer_files ADD COLUMN rule_id TEXT;
ALTER TABLE offer_files ADD COLUMN rule_name TEXT;
ALTER TABLE offer_files ADD COLUMN received INTEGER;
ALTER TABLE offer_files ADD COLUMN verified TEXT CHECK (verified IN ('yes', 'no', 'unstated'));
`;
