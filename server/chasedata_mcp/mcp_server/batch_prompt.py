"""The prompt that leads through a batch, which is offered where its tools are."""

from chasedata_mcp.mcp_server.prompt_template import (
    PROSE,
    PromptParameter,
    PromptStep,
    PromptTemplate,
)

IMPORT_LIST = PromptTemplate(
    "import_list",
    "Import a list",
    "Load many leads or numbers at once, checked first and approved once",
    (
        PromptParameter(
            "list",
            "The name of a file in the folder for files, or the rows themselves",
            required=True,
            read=PROSE,
        ),
        PromptParameter("becomes", "What each row becomes, such as a stored lead or a DNC entry"),
        PromptParameter("campaign", "The campaign's exact name", names="campaigns"),
    ),
    (
        PromptStep(
            "Settle with me what each row becomes. A lead is stored by insert_lead with "
            "import_only true; ask me before anything that dials.",
            "insert_lead",
            can_go=True,
        ),
        PromptStep(
            "Check the list: plan_batch with that tool, with the file's name as file or my rows as "
            "rows, and what is the same for all of them, such as campaign and import_only, in "
            "common. This sends nothing.",
            "plan_batch",
        ),
        PromptStep(
            "Tell me how many rows are ready, how many are left out and why, and which columns are "
            "left over. Where a column that matters is left over, ask me what it is, and plan "
            "again with columns. Don't mend values by yourself."
        ),
        PromptStep(
            "Once I agree, run_batch. It asks me itself, and I type the count: never answer that "
            "for me.",
            "run_batch",
        ),
        PromptStep(
            "Follow it by show_batch with wait_seconds 45 until it is finished or has stopped. "
            "Then tell me what was done, and what wasn't and why.",
            "show_batch",
        ),
    ),
)
