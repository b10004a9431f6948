-- What learners have applied from a lab's editor, in their own words, and a text that they have put aside. Both stand
-- beside the draft: they are texts of the same editor, and a row without a draft has none.
ALTER TABLE drafts ADD COLUMN applied TEXT;
ALTER TABLE drafts ADD COLUMN aside TEXT;
