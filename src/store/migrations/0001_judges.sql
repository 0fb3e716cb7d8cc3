CREATE TABLE "art"."added_judges" (
	"campaign_id" text NOT NULL,
	"subject" text NOT NULL,
	"name" text NOT NULL,
	"entry" jsonb NOT NULL,
	"revision" text,
	"config_file" text,
	"added_at" timestamp with time zone NOT NULL,
	CONSTRAINT "added_judges_campaign_id_subject_name_pk" PRIMARY KEY("campaign_id","subject","name")
);
--> statement-breakpoint
CREATE TABLE "art"."embeddings" (
	"revision" text NOT NULL,
	"image_hash" text NOT NULL,
	"vector" "bytea" NOT NULL,
	CONSTRAINT "embeddings_revision_image_hash_pk" PRIMARY KEY("revision","image_hash")
);
--> statement-breakpoint
ALTER TABLE "art"."verdicts" ADD COLUMN "revision" text;--> statement-breakpoint
ALTER TABLE "art"."added_judges" ADD CONSTRAINT "added_judges_campaign_id_campaigns_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "art"."campaigns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "evaluation_images_image" ON "art"."evaluation_images" USING btree ("image_hash");--> statement-breakpoint
CREATE INDEX "turns_prompt" ON "art"."turns" USING hash ("prompt");--> statement-breakpoint
CREATE INDEX "turns_image" ON "art"."turns" USING btree ("image_hash");