CREATE TABLE "art"."judge_measurements" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."judge_measurements_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"judge" text NOT NULL,
	"subject" text NOT NULL,
	"revision" text,
	"entry_hash" text,
	"data" text NOT NULL,
	"true_positives" double precision NOT NULL,
	"false_negatives" double precision NOT NULL,
	"true_negatives" double precision NOT NULL,
	"false_positives" double precision NOT NULL,
	"measured_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "art"."labels" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."labels_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"turn_id" bigint NOT NULL,
	"subject" text NOT NULL,
	"number" integer NOT NULL,
	"reviewer" text NOT NULL,
	"label" text NOT NULL,
	"labelled_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "art"."prompt_embeddings" (
	"revision" text NOT NULL,
	"embedder" text NOT NULL,
	"prompt_hash" text NOT NULL,
	"vector" "bytea" NOT NULL,
	"embedded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "prompt_embeddings_revision_prompt_hash_pk" PRIMARY KEY("revision","prompt_hash")
);
--> statement-breakpoint
ALTER TABLE "art"."evaluation_images" ADD COLUMN "setting" text;--> statement-breakpoint
ALTER TABLE "art"."requests" ADD COLUMN "evaluation_number" integer;--> statement-breakpoint
ALTER TABLE "art"."labels" ADD CONSTRAINT "labels_campaign_id_campaigns_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "art"."campaigns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."labels" ADD CONSTRAINT "labels_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "art"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "judge_measurements_judge" ON "art"."judge_measurements" USING btree ("subject","judge");--> statement-breakpoint
CREATE UNIQUE INDEX "labels_subject" ON "art"."labels" USING btree ("turn_id","subject","number","reviewer");--> statement-breakpoint
CREATE INDEX "labels_campaign" ON "art"."labels" USING btree ("campaign_id");