CREATE SCHEMA IF NOT EXISTS "art";
--> statement-breakpoint
CREATE TABLE "art"."campaigns" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"strategy" text NOT NULL,
	"seed" bigint NOT NULL,
	"rounds" integer NOT NULL,
	"images_per_prompt" integer NOT NULL,
	"config" jsonb NOT NULL,
	"config_hash" text NOT NULL,
	"config_file" text,
	"art_version" text NOT NULL,
	"simulated" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "art"."conversations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."conversations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"category_order" integer NOT NULL,
	"category" text NOT NULL,
	"number" integer NOT NULL,
	"seed" bigint NOT NULL,
	"start_prompt" text NOT NULL,
	"status" text NOT NULL,
	"failure" jsonb,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "art"."evaluation_images" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."evaluation_images_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"turn_id" bigint NOT NULL,
	"number" integer NOT NULL,
	"seed" bigint NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"failure" jsonb,
	"image_hash" text,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "art"."images" (
	"hash" text PRIMARY KEY NOT NULL,
	"media_type" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"byte_length" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "art"."requests" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."requests_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"turn_id" bigint NOT NULL,
	"endpoint" text NOT NULL,
	"waited_ms" real NOT NULL,
	"took_ms" real NOT NULL,
	"attempts" integer NOT NULL,
	"input_tokens" integer,
	"output_tokens" integer
);
--> statement-breakpoint
CREATE TABLE "art"."turns" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."turns_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"conversation_id" bigint NOT NULL,
	"round" integer NOT NULL,
	"prompt" text NOT NULL,
	"instruction" text,
	"seed" bigint NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"image_hash" text,
	"evaluation_images" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "art"."verdicts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "art"."verdicts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"campaign_id" text NOT NULL,
	"turn_id" bigint NOT NULL,
	"subject" text NOT NULL,
	"number" integer NOT NULL,
	"judge" text NOT NULL,
	"verdict" text NOT NULL,
	"score" real,
	"label" text,
	"found" jsonb,
	"error" jsonb
);
--> statement-breakpoint
ALTER TABLE "art"."conversations" ADD CONSTRAINT "conversations_campaign_id_campaigns_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "art"."campaigns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."evaluation_images" ADD CONSTRAINT "evaluation_images_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "art"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."evaluation_images" ADD CONSTRAINT "evaluation_images_image_hash_images_hash_fk" FOREIGN KEY ("image_hash") REFERENCES "art"."images"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."requests" ADD CONSTRAINT "requests_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "art"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."turns" ADD CONSTRAINT "turns_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "art"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."turns" ADD CONSTRAINT "turns_image_hash_images_hash_fk" FOREIGN KEY ("image_hash") REFERENCES "art"."images"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "art"."verdicts" ADD CONSTRAINT "verdicts_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "art"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_place" ON "art"."conversations" USING btree ("campaign_id","category","number");--> statement-breakpoint
CREATE UNIQUE INDEX "evaluation_images_number" ON "art"."evaluation_images" USING btree ("turn_id","number");--> statement-breakpoint
CREATE INDEX "evaluation_images_campaign" ON "art"."evaluation_images" USING btree ("campaign_id");--> statement-breakpoint
CREATE INDEX "requests_campaign" ON "art"."requests" USING btree ("campaign_id");--> statement-breakpoint
CREATE UNIQUE INDEX "turns_round" ON "art"."turns" USING btree ("conversation_id","round");--> statement-breakpoint
CREATE INDEX "turns_campaign" ON "art"."turns" USING btree ("campaign_id");--> statement-breakpoint
CREATE UNIQUE INDEX "verdicts_subject" ON "art"."verdicts" USING btree ("turn_id","subject","number","judge");--> statement-breakpoint
CREATE INDEX "verdicts_campaign" ON "art"."verdicts" USING btree ("campaign_id");